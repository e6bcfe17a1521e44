"""Services in other frameworks with the same enrichment, to compare the cost of streaming."""
