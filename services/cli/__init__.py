"""`copydesk`: the one command a person types."""
