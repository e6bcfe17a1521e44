"""The command `kb`: knowledge bases."""
