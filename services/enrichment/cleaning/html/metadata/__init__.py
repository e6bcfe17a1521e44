"""What a page says about its article, in its head, in its JSON-LD, or around its heading."""
