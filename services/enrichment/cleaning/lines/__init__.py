"""Lines of a text, and the rules and the model that say which of them are not the article."""
