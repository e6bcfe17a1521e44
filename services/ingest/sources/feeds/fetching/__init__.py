"""HTTP client for feeds, pages and robots.txt: polite to hosts, and safe against addresses and bodies that do harm."""
