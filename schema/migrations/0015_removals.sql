-- When a message's text was emptied; NULL: it is as it came.
ALTER TABLE messages ADD COLUMN redacted_at INTEGER;

-- What is to be emptied or deleted at the provider: here before it is asked, gone once it is done.
CREATE TABLE removals (
    message_id   INTEGER PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    verb         TEXT    NOT NULL, -- 'redact' or 'remove'
    asked_at     INTEGER NOT NULL
);
CREATE INDEX removals_workspace ON removals (workspace_id);

-- What stays of a deleted message: the key, so that nothing is sent with it again, and the
-- provider's id, so that no poll brings it back. No number and no text.
CREATE TABLE removed_messages (
    id           INTEGER PRIMARY KEY,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    provider_id  TEXT,
    key          TEXT,
    content_hash TEXT    NOT NULL, -- '' where there is no key
    removed_at   INTEGER NOT NULL
);
CREATE UNIQUE INDEX removed_messages_key ON removed_messages (workspace_id, key) WHERE key IS NOT NULL;
CREATE UNIQUE INDEX removed_messages_provider_id ON removed_messages (workspace_id, provider_id)
    WHERE provider_id IS NOT NULL;

-- How the deleted messages of a batch had ended, so that its sums stay what they were.
CREATE TABLE removed_counts (
    workspace_id  INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    batch_id      INTEGER NOT NULL REFERENCES batches (id) ON DELETE CASCADE,
    status        TEXT    NOT NULL,
    message_count INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, batch_id, status)
);
CREATE INDEX removed_counts_batch ON removed_counts (batch_id);
