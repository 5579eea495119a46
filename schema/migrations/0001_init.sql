-- Instants are integer milliseconds since 1970 UTC, money is integer millionths, booleans 0 or 1.
-- Every row but a workspace carries workspace_id; unset text is '' and only unknown times and
-- amounts are NULL.

CREATE TABLE workspaces (
    id          INTEGER PRIMARY KEY,
    public_id   TEXT    NOT NULL UNIQUE,
    name        TEXT    NOT NULL,
    provider    TEXT    NOT NULL,
    account_id  TEXT    NOT NULL,
    api_key_id  TEXT    NOT NULL,
    ambient     INTEGER NOT NULL,
    is_default  INTEGER NOT NULL,
    settings    TEXT    NOT NULL, -- a JSON object of texts
    created_at  INTEGER NOT NULL
);
CREATE UNIQUE INDEX workspaces_name ON workspaces (name) WHERE ambient = 0;
CREATE UNIQUE INDEX workspaces_ambient ON workspaces (provider, account_id) WHERE ambient = 1;

CREATE TABLE credentials (
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    purpose      TEXT    NOT NULL, -- 'api' or 'webhook'
    kind         TEXT    NOT NULL, -- 'sealed', 'env', 'file' or 'cmd'
    value        BLOB    NOT NULL, -- sealed bytes, or the reference
    PRIMARY KEY (workspace_id, purpose)
);

CREATE TABLE numbers (
    id             INTEGER PRIMARY KEY,
    public_id      TEXT    NOT NULL UNIQUE,
    workspace_id   INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    address        TEXT    NOT NULL,
    provider_id    TEXT    NOT NULL,
    friendly_name  TEXT    NOT NULL,
    can_sms        INTEGER NOT NULL,
    can_mms        INTEGER NOT NULL,
    can_voice      INTEGER NOT NULL,
    webhook_url    TEXT    NOT NULL,
    webhook_method TEXT    NOT NULL,
    previous_webhook_url    TEXT, -- NULL: there is nothing to undo
    previous_webhook_method TEXT,
    owner          TEXT    NOT NULL,
    active         INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    UNIQUE (workspace_id, provider_id)
);
CREATE INDEX numbers_address ON numbers (workspace_id, address);

CREATE TABLE contacts (
    id           INTEGER PRIMARY KEY,
    public_id    TEXT    NOT NULL UNIQUE,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    name         TEXT    NOT NULL,
    address      TEXT    NOT NULL,
    external_id  TEXT    NOT NULL,
    time_zone    TEXT    NOT NULL,
    notes        TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    UNIQUE (workspace_id, address)
);
CREATE INDEX contacts_name ON contacts (workspace_id, lower(name));

CREATE TABLE conversations (
    id              INTEGER PRIMARY KEY,
    public_id       TEXT    NOT NULL UNIQUE,
    workspace_id    INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    contact_id      INTEGER NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    our_address     TEXT    NOT NULL,
    status          TEXT    NOT NULL, -- 'open' or 'closed'
    message_count   INTEGER NOT NULL,
    unread_count    INTEGER NOT NULL,
    last_message_at INTEGER,
    last_message_id INTEGER,
    created_at      INTEGER NOT NULL,
    UNIQUE (workspace_id, contact_id, our_address)
);
CREATE INDEX conversations_contact ON conversations (contact_id);
CREATE INDEX conversations_recent ON conversations (workspace_id, last_message_at);

CREATE TABLE messages (
    id                   INTEGER PRIMARY KEY,
    public_id            TEXT    NOT NULL UNIQUE,
    workspace_id         INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    seq                  INTEGER NOT NULL, -- of the last event that changed it
    direction            TEXT    NOT NULL, -- 'inbound' or 'outbound'
    conversation_id      INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    from_address         TEXT    NOT NULL,
    to_address           TEXT    NOT NULL,
    messaging_service_id TEXT    NOT NULL,
    body                 TEXT    NOT NULL,
    segments             INTEGER NOT NULL, -- 0: not known
    encoding             TEXT    NOT NULL, -- 'GSM-7', 'UCS-2' or ''
    status               TEXT    NOT NULL,
    status_at            INTEGER NOT NULL,
    failure_code         TEXT    NOT NULL,
    failure_text         TEXT    NOT NULL,
    key                  TEXT, -- NULL: none given
    content_hash         TEXT    NOT NULL,
    tag                  TEXT    NOT NULL,
    provider             TEXT    NOT NULL,
    provider_id          TEXT, -- NULL until accepted
    price_micros         INTEGER,
    currency             TEXT    NOT NULL,
    attempts             INTEGER NOT NULL,
    processed            INTEGER NOT NULL,
    chat_id              TEXT    NOT NULL,
    response_id          TEXT    NOT NULL,
    polled_at            INTEGER, -- when reconcile last asked about it
    created_at           INTEGER NOT NULL,
    sent_at              INTEGER,
    delivered_at         INTEGER
);
CREATE UNIQUE INDEX messages_provider_id ON messages (workspace_id, provider_id) WHERE provider_id IS NOT NULL;
CREATE UNIQUE INDEX messages_key ON messages (workspace_id, key) WHERE key IS NOT NULL;
CREATE INDEX messages_conversation ON messages (conversation_id, created_at);
CREATE INDEX messages_recent ON messages (workspace_id, created_at);
-- What is not final, for reconcile: a small part of a large table.
CREATE INDEX messages_open ON messages (workspace_id, created_at)
    WHERE status IN ('planned', 'submitting', 'in_doubt', 'scheduled', 'accepted', 'queued', 'sending', 'sent');

CREATE TABLE media (
    id           INTEGER PRIMARY KEY,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    message_id   INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    position     INTEGER NOT NULL,
    url          TEXT    NOT NULL,
    content_type TEXT    NOT NULL,
    UNIQUE (message_id, position)
);
CREATE INDEX media_workspace ON media (workspace_id);

-- What is still to be submitted. `lease_owner` holds it; a lease whose owner died was in the air.
CREATE TABLE outbox (
    message_id   INTEGER PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    due_at       INTEGER NOT NULL,
    options      TEXT    NOT NULL, -- a JSON object: status_callback, validity_seconds
    attempts     INTEGER NOT NULL,
    lease_owner  TEXT, -- NULL: nobody has it in hand
    lease_until  INTEGER
);
CREATE INDEX outbox_due ON outbox (workspace_id, due_at);
CREATE INDEX outbox_claimed ON outbox (workspace_id) WHERE lease_owner IS NOT NULL;

-- Every submit, callback and poll as it came; seq orders the whole database.
CREATE TABLE events (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id    TEXT    NOT NULL UNIQUE,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    kind         TEXT    NOT NULL,
    source       TEXT    NOT NULL,
    message_id   INTEGER REFERENCES messages (id) ON DELETE CASCADE,
    provider_id  TEXT    NOT NULL,
    status       TEXT    NOT NULL,
    error_code   TEXT    NOT NULL,
    reason       TEXT    NOT NULL,
    payload      TEXT    NOT NULL,
    created_at   INTEGER NOT NULL
);
CREATE INDEX events_workspace ON events (workspace_id, seq);
CREATE INDEX events_message ON events (message_id) WHERE message_id IS NOT NULL;
-- News about a message that is not stored yet: a callback can beat the answer to the create.
CREATE INDEX events_orphan ON events (workspace_id, provider_id) WHERE message_id IS NULL AND provider_id <> '';

CREATE TABLE opt_outs (
    id           INTEGER PRIMARY KEY,
    public_id    TEXT    NOT NULL UNIQUE,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    address      TEXT    NOT NULL,
    our_address  TEXT    NOT NULL, -- '': every sender of the workspace
    reason       TEXT    NOT NULL, -- the word they sent, or what the provider said
    created_at   INTEGER NOT NULL,
    UNIQUE (workspace_id, address, our_address)
);

-- Named things only one process may do at a time.
CREATE TABLE leases (
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    name         TEXT    NOT NULL,
    owner        TEXT    NOT NULL,
    expires_at   INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, name)
);

-- Where a reader or a sync left off.
CREATE TABLE cursors (
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    name         TEXT    NOT NULL,
    value        TEXT    NOT NULL,
    PRIMARY KEY (workspace_id, name)
);
