-- The events of a workspace are read from the end of the log, or from where a reader stands: by seq
-- itself. An index beside it made every event dearer by a third.
DROP INDEX events_workspace;
