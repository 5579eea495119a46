-- Automatic replies: what a workspace answers texts with, and what it answered.
CREATE TABLE reply_rules (
    id           INTEGER PRIMARY KEY,
    public_id    TEXT    NOT NULL UNIQUE,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    body         TEXT    NOT NULL, -- '' where a template says it
    template_id  INTEGER REFERENCES templates (id),
    created_at   INTEGER NOT NULL
);
CREATE INDEX reply_rules_workspace ON reply_rules (workspace_id, id);
CREATE INDEX reply_rules_template ON reply_rules (template_id) WHERE template_id IS NOT NULL;
CREATE TABLE reply_keywords (
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    keyword      TEXT    NOT NULL, -- as sms::fold_keyword writes it; '': any text
    rule_id      INTEGER NOT NULL REFERENCES reply_rules (id) ON DELETE CASCADE,
    position     INTEGER NOT NULL, -- in the order they were given
    PRIMARY KEY (workspace_id, keyword)
);
CREATE INDEX reply_keywords_rule ON reply_keywords (rule_id);
-- What was replied to the text that an event brought, or why nothing was: committed with the event,
-- before the provider gets its answer.
CREATE TABLE replies (
    event_seq         INTEGER PRIMARY KEY REFERENCES events (seq) ON DELETE CASCADE,
    workspace_id      INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    message_id        INTEGER REFERENCES messages (id) ON DELETE CASCADE, -- NULL: it was withheld
    rule              TEXT    NOT NULL, -- public id; '': the listener's own text
    withheld          TEXT    NOT NULL, -- why; '': it was given
    address           TEXT    NOT NULL, -- who wrote
    idempotency_token TEXT    NOT NULL, -- of the webhook that was answered
    created_at        INTEGER NOT NULL
);
CREATE INDEX replies_given ON replies (workspace_id, address, created_at) WHERE message_id IS NOT NULL;
CREATE INDEX replies_message ON replies (message_id) WHERE message_id IS NOT NULL;
