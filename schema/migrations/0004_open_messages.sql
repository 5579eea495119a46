-- Whether a message is not final yet: its index entry then stays as it is while the message moves
-- from one open status to the next, which is most of what is ever written.
ALTER TABLE messages ADD COLUMN is_open INTEGER NOT NULL DEFAULT 0;
DROP INDEX messages_open;
UPDATE messages SET is_open = 1 WHERE status IN ('planned', 'submitting', 'in_doubt', 'scheduled',
    'accepted', 'queued', 'sending', 'sent');
CREATE INDEX messages_open ON messages (workspace_id, created_at) WHERE is_open = 1;
