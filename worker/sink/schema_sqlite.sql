-- Indexes over strings of any length.
CREATE INDEX articles_url ON articles (url, source);
CREATE INDEX articles_source ON articles (source, day);
CREATE INDEX facts_country ON facts (country, kind);
CREATE INDEX facts_unit ON facts (unit, day) WHERE kind = 'quantity';
CREATE INDEX names_name ON names (name, part, fact);

-- Full-text search in SQLite (FTS5), kept by triggers. The text itself stays in its table.
CREATE VIRTUAL TABLE article_search USING fts5(
    title, text, content = 'articles', content_rowid = 'seq',
    tokenize = 'unicode61 remove_diacritics 2');
CREATE TRIGGER articles_added AFTER INSERT ON articles BEGIN
    INSERT INTO article_search (rowid, title, text) VALUES (new.seq, new.title, new.text);
END;
CREATE TRIGGER articles_removed AFTER DELETE ON articles BEGIN
    INSERT INTO article_search (article_search, rowid, title, text)
    VALUES ('delete', old.seq, old.title, old.text);
END;

-- The evidence of quotes, quantities, roles and events.
CREATE VIRTUAL TABLE fact_search USING fts5(
    text, content = 'facts', content_rowid = 'fact',
    tokenize = 'unicode61 remove_diacritics 2');
CREATE TRIGGER facts_added AFTER INSERT ON facts
WHEN new.kind IN ('quantity', 'quote', 'role', 'event') BEGIN
    INSERT INTO fact_search (rowid, text) VALUES (new.fact, new.text);
END;
CREATE TRIGGER facts_removed AFTER DELETE ON facts
WHEN old.kind IN ('quantity', 'quote', 'role', 'event') BEGIN
    INSERT INTO fact_search (fact_search, rowid, text) VALUES ('delete', old.fact, old.text);
END;
