-- Which POST a client has sent under which key. The owner token of the first answer can be derived again from the key
-- and the salt, but only by who knows the key: neither the key nor the token is stored.
CREATE TABLE idempotency_keys (
    key_hash     bytea       PRIMARY KEY,
    request_hash bytea       NOT NULL,
    salt         bytea       NOT NULL,
    message_id   bigint      NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX idempotency_keys_created_at ON idempotency_keys USING brin (created_at);
