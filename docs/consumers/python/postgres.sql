-- Tables of postgres_sink.py, which creates them if they are missing.

CREATE TABLE IF NOT EXISTS articles (
    id           text PRIMARY KEY,
    revision     integer NOT NULL,
    source       text,
    headline     text,
    language     text NOT NULL,
    published_at timestamptz,
    verdict      text NOT NULL,
    duplicate_of text,
    event        jsonb NOT NULL
);

CREATE TABLE IF NOT EXISTS retracted_articles (
    id     text PRIMARY KEY,
    reason text NOT NULL
);

-- The next offset of each partition. It changes in the transaction that writes the articles before it.
CREATE TABLE IF NOT EXISTS consumed_offsets (
    topic       text NOT NULL,
    partition   integer NOT NULL,
    next_offset bigint NOT NULL,
    PRIMARY KEY (topic, partition)
);
