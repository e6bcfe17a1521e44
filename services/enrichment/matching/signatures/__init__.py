"""The signature of an article, by which copies are found."""
