"""The command `copydesk stories`: the stories of a stream or of files, and the articles of one story."""
