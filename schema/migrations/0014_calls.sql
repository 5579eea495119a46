-- Calls between our numbers and others, beside the messages of the same conversation.
CREATE TABLE calls (
    id                 INTEGER PRIMARY KEY,
    public_id          TEXT    NOT NULL UNIQUE,
    workspace_id       INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    seq                INTEGER NOT NULL, -- of the last event that told of it
    direction          TEXT    NOT NULL, -- 'inbound' or 'outbound'
    conversation_id    INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    from_address       TEXT    NOT NULL,
    to_address         TEXT    NOT NULL,
    status             TEXT    NOT NULL, -- the provider's word
    duration_seconds   INTEGER,
    provider           TEXT    NOT NULL,
    provider_id        TEXT    NOT NULL,
    parent_provider_id TEXT    NOT NULL, -- the call that it is a leg of
    price_micros       INTEGER,
    currency           TEXT    NOT NULL,
    created_at         INTEGER NOT NULL,
    started_at         INTEGER,
    ended_at           INTEGER,
    UNIQUE (workspace_id, provider_id)
);
CREATE INDEX calls_conversation ON calls (conversation_id, created_at);
CREATE INDEX calls_recent ON calls (workspace_id, created_at);
