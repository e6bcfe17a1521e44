"""Training of stories: the rarity of words, and the weights of the comparison."""
