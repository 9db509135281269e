-- The visits that Redis has counted, as of the last snapshot.
CREATE TABLE visits (
    instance text   PRIMARY KEY,
    count    bigint NOT NULL CHECK (count >= 0)
);
