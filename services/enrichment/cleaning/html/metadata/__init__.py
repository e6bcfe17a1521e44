"""The fields that a page states about its article in its head, in its JSON-LD, or around its heading."""
