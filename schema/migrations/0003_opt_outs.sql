-- Who brought an opt-out, in the words of events.source. Until now that was always the provider: a
-- text with STOP, or a refusal with 21610.
ALTER TABLE opt_outs ADD COLUMN source TEXT NOT NULL DEFAULT 'callback';
UPDATE opt_outs SET source = 'submit' WHERE reason LIKE '% 21610';
CREATE INDEX opt_outs_recent ON opt_outs (workspace_id, created_at);
