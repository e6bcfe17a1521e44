"""The commands `copydesk dlq`: find dead letters, show them, export them and send them back."""
