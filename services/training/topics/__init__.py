"""Training of the classifier of topics: what an article is about."""
