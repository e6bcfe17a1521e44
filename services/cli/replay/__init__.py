"""The command `copydesk replay`: articles of the raw topic or of an archive are annotated again."""
