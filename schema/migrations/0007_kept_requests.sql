-- Of a webhook what its signature covers and the payload does not hold (a JSON object: method,
-- target, headers …), so that the signature can be checked again. '': no webhook, or one that came
-- before this was kept.
ALTER TABLE events ADD COLUMN request TEXT NOT NULL DEFAULT '';
