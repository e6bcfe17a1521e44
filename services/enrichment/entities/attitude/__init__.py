"""The attitude of an article toward its entities."""
