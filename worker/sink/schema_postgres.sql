-- Full-text search in PostgreSQL: by expression, so that there is no column to keep.
CREATE INDEX articles_search ON articles
    USING gin (to_tsvector('simple', COALESCE(title, '') || ' ' || text));
CREATE INDEX facts_search ON facts USING gin (to_tsvector('simple', text))
    WHERE kind IN ('quantity', 'quote', 'role', 'event');
