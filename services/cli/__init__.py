"""`copydesk`: the command that a person types."""
