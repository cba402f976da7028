"""What a user takes away from a session: a script, a notebook, a report, AIDE's journal, a table. One file a format."""
