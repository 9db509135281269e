-- The janitor finds old keys by their time, from the oldest on. It finds old events by their place in the log, which the
-- primary key has, and needs no index for that.
DROP INDEX idempotency_keys_created_at;
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);
DROP INDEX message_events_occurred_at;
