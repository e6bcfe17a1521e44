"""The pool of worker processes that annotate: protocol, process, liveness check, spare workers and the pool itself."""
