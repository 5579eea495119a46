-- Where a medium was downloaded to as it arrived, or why it was not; both '' where nobody tried.
ALTER TABLE media ADD COLUMN path TEXT NOT NULL DEFAULT '';
ALTER TABLE media ADD COLUMN problem TEXT NOT NULL DEFAULT '';
