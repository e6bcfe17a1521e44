"""Sources of articles: HTTP, feeds, a watched folder and standard input. Each gives its entries to the intake."""
