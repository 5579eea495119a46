-- Stored texts with merge fields.
CREATE TABLE templates (
    id           INTEGER PRIMARY KEY,
    public_id    TEXT    NOT NULL UNIQUE,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    name         TEXT    NOT NULL,
    body         TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    UNIQUE (workspace_id, name)
);

-- A list that is sent as one. Its messages lie between first_message_id and last_message_id, with
-- few or no others among them. While `state` is 'planning' nobody may submit them: the plan is
-- committed in pieces, so that others can write meanwhile, and becomes whole with its last one.
CREATE TABLE batches (
    id               INTEGER PRIMARY KEY,
    public_id        TEXT    NOT NULL UNIQUE,
    workspace_id     INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    name             TEXT    NOT NULL, -- '': none given
    identity         TEXT    NOT NULL, -- what the same list is known by when it comes again
    content_hash     TEXT    NOT NULL, -- of recipients, texts and senders as asked for
    source           TEXT    NOT NULL, -- the file's name; '-': stdin
    template         TEXT    NOT NULL, -- '': the texts are in the list
    senders          TEXT    NOT NULL, -- a JSON array
    via              TEXT    NOT NULL, -- 'messages' or 'batch'
    on_block         TEXT    NOT NULL, -- 'skip', 'defer' or 'fail'
    state            TEXT    NOT NULL, -- 'planning', 'planned' or 'canceled'
    planner          TEXT    NOT NULL, -- the process that plans it, as a lease names it
    row_count        INTEGER NOT NULL,
    segments         INTEGER NOT NULL, -- of the rows that may go
    estimated_price_micros INTEGER,
    currency         TEXT    NOT NULL,
    first_message_id INTEGER,
    last_message_id  INTEGER,
    seq              INTEGER NOT NULL, -- of the last event that changed it
    scheduled_at     INTEGER,
    created_at       INTEGER NOT NULL,
    UNIQUE (workspace_id, identity)
);

ALTER TABLE messages ADD COLUMN batch_id INTEGER; -- NULL: in none
ALTER TABLE messages ADD COLUMN batch_row INTEGER; -- its record in the list, counted from 1
ALTER TABLE messages ADD COLUMN scheduled_at INTEGER; -- when it was asked to leave; NULL: at once

-- Each sender is a queue of its own, as each has a rate of its own.
ALTER TABLE outbox ADD COLUMN sender TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN is_scheduled INTEGER NOT NULL DEFAULT 0; -- `send --due` takes it
UPDATE outbox SET sender = (SELECT CASE WHEN from_address <> '' THEN from_address
    ELSE messaging_service_id END FROM messages WHERE messages.id = outbox.message_id);
DROP INDEX outbox_due;
CREATE INDEX outbox_queue ON outbox (workspace_id, sender, due_at, message_id);
