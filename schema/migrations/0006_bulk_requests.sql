-- Requests to the provider's bulk API, which takes many messages at once and knows no idempotency.
-- A row is here, 'armed', before its request leaves; the tag that travels with it is the only way
-- to find its messages again.
CREATE TABLE bulk_requests (
    id           INTEGER PRIMARY KEY,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    batch_id     INTEGER NOT NULL REFERENCES batches (id) ON DELETE CASCADE,
    tag          TEXT    NOT NULL UNIQUE,
    sender       TEXT    NOT NULL,
    body_hash    TEXT    NOT NULL, -- hex SHA-256 of what was posted
    row_count    INTEGER NOT NULL,
    state        TEXT    NOT NULL, -- 'armed', 'accepted', 'untracked', 'refused', 'not_sent' or 'unknown'
    operation_id TEXT    NOT NULL, -- '': not known
    problem      TEXT    NOT NULL, -- what went wrong with it; '': nothing
    owner        TEXT    NOT NULL, -- the process that posts it, as a lease names it
    owner_until  INTEGER NOT NULL,
    armed_at     INTEGER NOT NULL,
    settled_at   INTEGER -- when nothing was left to ask about it
);
CREATE INDEX bulk_requests_open ON bulk_requests (workspace_id, batch_id) WHERE settled_at IS NULL;
CREATE INDEX bulk_requests_batch ON bulk_requests (batch_id);

-- The request that carries it; NULL: none, or one that certainly created nothing.
ALTER TABLE messages ADD COLUMN bulk_request_id INTEGER;
CREATE INDEX messages_bulk_request ON messages (bulk_request_id) WHERE bulk_request_id IS NOT NULL;
