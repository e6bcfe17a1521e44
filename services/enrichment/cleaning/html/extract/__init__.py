"""The choice of the text that is the body of the article."""
