-- What `message search` looks words up in. It holds no text of its own, and nothing keeps it up to
-- date while messages come and go: a search first takes up what was written since the last one, up
-- to the message that the workspace's cursor 'search' names. Who empties or deletes a message up to
-- there takes its words out before.
CREATE VIRTUAL TABLE message_texts USING fts5 (
    body, content = 'messages', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2'
);
