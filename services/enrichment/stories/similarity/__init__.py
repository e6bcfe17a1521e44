"""How alike an article and a story are: profile of a story, comparison, weights and evidence."""
