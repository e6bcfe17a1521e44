"""Archive service: it writes the raw topic to files, from which `copydesk replay` reads."""
