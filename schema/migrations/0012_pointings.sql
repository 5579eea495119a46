-- Numbers whose webhook a listener points at itself, and what is to be put back: committed before
-- the provider is asked to change anything, deleted once the former webhook is back.
CREATE TABLE pointings (
    number_id     INTEGER PRIMARY KEY REFERENCES numbers (id) ON DELETE CASCADE,
    workspace_id  INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    url           TEXT    NOT NULL, -- what the listener sets; '': nothing is changed yet
    former_url    TEXT    NOT NULL,
    former_method TEXT    NOT NULL,
    owner         TEXT    NOT NULL, -- the listener, as a lease names it
    owner_until   INTEGER NOT NULL
);
