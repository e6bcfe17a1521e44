"""The user's own list of entities: its file, and the names by which its rows are found."""
