"""What cleaning reads from a page: visible text, attributes, and the regions that can be the article."""
