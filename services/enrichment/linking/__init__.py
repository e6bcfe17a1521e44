"""Linking of entities to a knowledge base: candidates, scoring, coherence within the article, and no link in doubt."""
