-- From schema version 1 to 2, for both engines; the outcome is what schema.sql makes.
ALTER TABLE articles ADD COLUMN copy_of TEXT;
CREATE INDEX articles_copy_of ON articles (copy_of, seq) WHERE copy_of IS NOT NULL;
CREATE VIEW copies AS
SELECT seq, original FROM (
    SELECT c.seq, COALESCE((SELECT o.seq FROM articles o WHERE o.id = c.copy_of),
                           (SELECT MIN(o.seq) FROM articles o WHERE o.copy_of = c.copy_of)) AS original
    FROM articles c WHERE c.copy_of IS NOT NULL) AS known
WHERE original <> seq;
