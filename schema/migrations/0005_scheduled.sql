-- What waits for its time is found every minute, however many others wait for their turn.
CREATE INDEX IF NOT EXISTS outbox_scheduled ON outbox (workspace_id, sender, due_at, message_id) WHERE is_scheduled = 1;
