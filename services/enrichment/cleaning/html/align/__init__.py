"""The map from the chosen text back to the page."""
