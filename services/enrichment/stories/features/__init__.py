"""What an article offers for comparison with stories: its telling words, names, numbers and dates."""
