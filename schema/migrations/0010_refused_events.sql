-- Refused webhooks are the only events that strangers can make: of those only the newest are kept.
CREATE INDEX events_refused ON events (workspace_id, seq) WHERE kind = 'refused';
