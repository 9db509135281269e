-- What happened to messages, in the order of the transactions that did it. A row counts as happened once every
-- transaction that is older than its own has ended: no row can then appear before it any more.
CREATE TABLE message_events (
    xid         xid8        NOT NULL DEFAULT pg_current_xact_id(),
    id          bigint      GENERATED ALWAYS AS IDENTITY,
    kind        text        NOT NULL CHECK (kind IN ('created', 'deleted')),
    message_id  bigint      NOT NULL,
    occurred_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (xid, id)
);

CREATE INDEX message_events_occurred_at ON message_events USING brin (occurred_at);
