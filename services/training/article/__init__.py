"""Training of the sentiment of articles: which news is bad, which is good."""
