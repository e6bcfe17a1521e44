"""Similarity of an article and a story: profile of a story, comparison, weights and evidence."""
