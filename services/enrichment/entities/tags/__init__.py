"""The tags of an article's words, made consistent by the evidence of the whole article."""
