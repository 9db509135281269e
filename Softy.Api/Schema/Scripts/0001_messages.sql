-- The message wall. Pages are read newest first by id, which the database gives out in order.
CREATE TABLE messages (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    author     text        NOT NULL CHECK (char_length(author) BETWEEN 1 AND 64),
    text       text        NOT NULL CHECK (char_length(text) BETWEEN 1 AND 2000),
    owner_hash bytea       NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
