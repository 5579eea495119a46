-- Webhooks that an application must be told of: committed with their event, before anybody is
-- answered.
CREATE TABLE forwards (
    event_seq         INTEGER PRIMARY KEY REFERENCES events (seq) ON DELETE CASCADE,
    workspace_id      INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    url               TEXT    NOT NULL, -- the application's, where it is to go or went
    state             TEXT    NOT NULL, -- 'waiting', 'done' or 'given_up'
    attempts          INTEGER NOT NULL,
    last_status       INTEGER NOT NULL, -- HTTP; 0: no answer came
    last_error        TEXT    NOT NULL,
    next_try_at       INTEGER, -- NULL: settled
    settled_at        INTEGER,
    owner             TEXT,    -- the listener that has it in hand, as a lease names it; NULL: nobody
    owner_until       INTEGER,
    idempotency_token TEXT    NOT NULL  -- the provider's; the rest of the request is the event's
);
CREATE INDEX forwards_waiting ON forwards (workspace_id, owner, next_try_at) WHERE state = 'waiting';
