-- What `warta sink sqlite` and `warta sink postgres` keep (store.h). One text for both engines:
-- for PostgreSQL the build writes BIGINT, DOUBLE PRECISION and BYTEA for INTEGER, REAL and BLOB,
-- and leaves WITHOUT ROWID out. schema_sqlite.sql and schema_postgres.sql add full-text search, and
-- the indexes over strings of any length, which PostgreSQL takes as hashes only.
--
-- Fields are those of proto/fact.txt; what is not known is NULL; lists are JSON text. Spans count
-- bytes of articles.text, [begin, end). A NUL in a string is stored as U+001A: the other engine
-- takes none, and spans stay right. Schema version 2 (PRAGMA user_version; store.h): a sink turns
-- version 1 into it (schema_upgrade.sql), a program refuses a newer one by name.

-- One row an entry of the log, by its position. An article that came again (the same id, read by
-- another extractor; or the same url of the same source under another id, an edited one) takes
-- the place of the former, which then stands in revisions alone.
CREATE TABLE articles (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL,          -- the article's
    record TEXT NOT NULL,      -- id of the article record
    url TEXT,
    source TEXT,
    title TEXT,
    author TEXT,
    published TEXT,            -- RFC 3339, as put
    fetched TEXT,
    day TEXT,                  -- YYYY-MM-DD of published, or else of fetched
    language TEXT,
    extractor TEXT NOT NULL,
    text TEXT NOT NULL,
    sentences TEXT,            -- [[begin,end],...]
    boilerplate TEXT,          -- spans that were read but yield nothing
    copy_of TEXT               -- id of the article it is a copy of; NULL, too, in rows of version 1
);
CREATE UNIQUE INDEX articles_id ON articles (id);
CREATE INDEX articles_day ON articles (day);
CREATE INDEX articles_copy_of ON articles (copy_of, seq) WHERE copy_of IS NOT NULL;

CREATE TABLE revisions (
    seq INTEGER PRIMARY KEY,   -- of the entry that was replaced
    id TEXT NOT NULL,
    url TEXT,
    title TEXT,
    published TEXT,
    extractor TEXT NOT NULL,
    replaced_by INTEGER NOT NULL -- seq of the entry that took its place
);

-- All kinds of facts in one table, one row each, in the log's order: fact = seq * 16384 + n.
-- The views below show one kind each, with its article's fields.
CREATE TABLE facts (
    fact INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,      -- articles.seq
    n INTEGER NOT NULL,
    kind TEXT NOT NULL,        -- entity time quantity quote role event
    id TEXT NOT NULL,
    sentence INTEGER NOT NULL,
    sentence_begin INTEGER,
    sentence_end INTEGER,
    span_begin INTEGER NOT NULL,
    span_end INTEGER NOT NULL,
    text TEXT NOT NULL,        -- the evidence
    confidence REAL NOT NULL,
    day TEXT,                  -- the day it holds: of its own time where that tells one, else the article's
    type TEXT,                 -- entity: PER ORG GPE LOC; time: date time duration range; event: PLOVER
    name TEXT,                 -- entity
    country TEXT,              -- its own, or else its place's
    time TEXT,                 -- when it holds; of a time: its value
    place TEXT,
    modality TEXT,             -- NULL: asserted
    source_name TEXT,          -- attribution
    source_text TEXT,
    source_cue TEXT,
    source_via TEXT,           -- ["Reuters",...]
    value REAL,                -- quantity
    low REAL,
    high REAL,
    bound TEXT,                -- NULL: exact
    unit TEXT,
    noun TEXT,
    holder TEXT,
    about TEXT,
    change TEXT,
    speaker TEXT,              -- quote
    speaker_text TEXT,
    direct INTEGER,            -- 0 or 1
    cue TEXT,
    content_begin INTEGER,
    content_end INTEGER,
    person TEXT,               -- role
    title TEXT,
    organisation TEXT,
    former INTEGER,            -- 1 or NULL
    trigger_begin INTEGER,     -- event
    trigger_end INTEGER,
    lemma TEXT,
    actors TEXT,               -- ["Kim Jong Un",...]
    targets TEXT,
    actor_text TEXT,
    target_text TEXT,
    object TEXT
);
CREATE INDEX facts_seq ON facts (seq);
CREATE INDEX facts_id ON facts (id);
CREATE INDEX facts_kind ON facts (kind, type, day);
CREATE INDEX facts_day ON facts (day, kind);

-- Who and what is named in a fact, whichever field it stands in: one look-up for all facts of
-- an entity. part: entity speaker holder actor target source via place person organisation.
CREATE TABLE names (
    fact INTEGER NOT NULL,
    part TEXT NOT NULL,
    i INTEGER NOT NULL,        -- place in a list, from 0
    name TEXT NOT NULL,
    PRIMARY KEY (fact, part, i)
) WITHOUT ROWID;

-- Every mention of an entity in its article's text.
CREATE TABLE mentions (
    fact INTEGER NOT NULL,
    i INTEGER NOT NULL,
    mention_begin INTEGER NOT NULL,
    mention_end INTEGER NOT NULL,
    PRIMARY KEY (fact, i)
) WITHOUT ROWID;

-- Where a consumer of this name goes on: moved in the transaction that brings the rows.
CREATE TABLE positions (
    name TEXT PRIMARY KEY,
    next INTEGER NOT NULL
);

-- Positions the broker could not give, and entries that could not be read: nothing is left out
-- in silence.
CREATE TABLE gaps (
    gap_from INTEGER PRIMARY KEY,
    gap_to INTEGER NOT NULL,   -- not included
    reason TEXT
);
CREATE TABLE refused (
    next INTEGER NOT NULL,     -- it came before this position,
    i INTEGER NOT NULL,        -- in this place of its batch
    reason TEXT NOT NULL,
    entry BLOB NOT NULL,       -- as it came: msgpack
    PRIMARY KEY (next, i)
);

CREATE VIEW entities AS
SELECT f.fact, f.seq, f.type, f.name, f.country, f.text, f.confidence, f.span_begin, f.span_end,
       a.day, a.source, a.title AS headline, a.url
FROM facts f JOIN articles a ON a.seq = f.seq WHERE f.kind = 'entity';

CREATE VIEW times AS
SELECT f.fact, f.seq, f.type, f.time AS value, f.text, f.confidence, f.span_begin, f.span_end,
       a.day AS published_day, a.source, a.title AS headline, a.url
FROM facts f JOIN articles a ON a.seq = f.seq WHERE f.kind = 'time';

-- least and most: what the number allows, so that numbers can be compared.
CREATE VIEW quantities AS
SELECT f.fact, f.seq, f.day, f.value, f.low, f.high, f.bound, f.unit, f.noun, f.holder, f.about,
       f.change, f.place, f.country, f.time, f.modality, f.source_name, f.source_text,
       CASE WHEN f.bound = 'max' THEN NULL ELSE COALESCE(f.low, f.value) END AS least,
       CASE WHEN f.bound = 'min' THEN NULL ELSE COALESCE(f.high, f.value) END AS most,
       f.text, f.confidence, f.span_begin, f.span_end,
       a.source, a.title AS headline, a.url
FROM facts f JOIN articles a ON a.seq = f.seq WHERE f.kind = 'quantity';

CREATE VIEW quotes AS
SELECT f.fact, f.seq, f.day, COALESCE(f.speaker, f.speaker_text) AS speaker, f.speaker AS speaker_name,
       f.direct, f.cue, f.text, f.content_begin, f.content_end, f.source_name, f.source_text, f.modality,
       f.time, f.place, f.country, f.confidence, f.span_begin, f.span_end,
       a.source, a.title AS headline, a.url
FROM facts f JOIN articles a ON a.seq = f.seq WHERE f.kind = 'quote';

CREATE VIEW roles AS
SELECT f.fact, f.seq, a.day, f.person, f.title, f.organisation, f.country, f.former,
       f.text, f.confidence, f.span_begin, f.span_end,
       a.source, a.title AS headline, a.url
FROM facts f JOIN articles a ON a.seq = f.seq WHERE f.kind = 'role';

CREATE VIEW events AS
SELECT f.fact, f.seq, f.day, f.type, f.lemma, f.actors, f.targets, f.actor_text, f.target_text,
       f.object, f.time, f.place, f.country, f.modality, f.source_name, f.source_text,
       f.text, f.confidence, f.trigger_begin, f.trigger_end, f.span_begin, f.span_end,
       a.source, a.title AS headline, a.url
FROM facts f JOIN articles a ON a.seq = f.seq WHERE f.kind = 'event';

-- Articles whose text stands in another row, too: without these every text stands once. Where the
-- original is not in the table (another outlet's, an edited one), the first of its copies counts as it.
CREATE VIEW copies AS
SELECT seq, original FROM (
    SELECT c.seq, COALESCE((SELECT o.seq FROM articles o WHERE o.id = c.copy_of),
                           (SELECT MIN(o.seq) FROM articles o WHERE o.copy_of = c.copy_of)) AS original
    FROM articles c WHERE c.copy_of IS NOT NULL) AS known
WHERE original <> seq;

-- Who is in the news: distinct articles a name stands in, as an entity.
CREATE VIEW most_named AS
SELECT f.name, f.type, COUNT(*) AS articles, MIN(a.day) AS first_day, MAX(a.day) AS last_day
FROM facts f JOIN articles a ON a.seq = f.seq WHERE f.kind = 'entity'
GROUP BY f.name, f.type;

CREATE VIEW events_by_day AS
SELECT day, type, COUNT(*) AS events
FROM facts WHERE kind = 'event' GROUP BY day, type;

-- Whom the outlets' facts lean on.
CREATE VIEW sources AS
SELECT COALESCE(f.source_name, f.source_text) AS name, a.source AS outlet, f.kind, COUNT(*) AS facts
FROM facts f JOIN articles a ON a.seq = f.seq
WHERE f.source_name IS NOT NULL OR f.source_text IS NOT NULL
GROUP BY COALESCE(f.source_name, f.source_text), a.source, f.kind;
