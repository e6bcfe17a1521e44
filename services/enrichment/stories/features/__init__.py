"""Features of an article for comparison with stories: its distinctive words, names, numbers and dates."""
