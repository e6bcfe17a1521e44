"""Stories: the articles of one language about one event, found on a stream, and the novelty of entities in them."""
