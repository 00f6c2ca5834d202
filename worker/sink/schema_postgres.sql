-- Indexes over strings of any length.
CREATE INDEX articles_url ON articles USING hash (url);
CREATE INDEX articles_source ON articles USING hash (source);
CREATE INDEX facts_country ON facts USING hash (country);
CREATE INDEX facts_unit ON facts USING hash (unit) WHERE kind = 'quantity';
CREATE INDEX names_name ON names USING hash (name);

-- Full-text search by expression: there is no column to keep. A tsvector has a limit of 1 MiB,
-- which no text of this length reaches.
CREATE INDEX articles_search ON articles
    USING gin (to_tsvector('simple', COALESCE(title, '') || ' ' || left(text, 100000)));
CREATE INDEX facts_search ON facts USING gin (to_tsvector('simple', left(text, 100000)))
    WHERE kind IN ('quantity', 'quote', 'role', 'event');
