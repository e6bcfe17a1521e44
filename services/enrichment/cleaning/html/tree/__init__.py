"""The parts of a page that cleaning reads: visible text, attributes, and the regions that can be the article."""
