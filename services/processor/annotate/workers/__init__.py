"""The pool of worker processes that annotate."""
