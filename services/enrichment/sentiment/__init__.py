"""Sentiment of mentions and sentences, rolled up to entities and to the article."""

from services.enrichment.sentiment.rollup import roll_up, round_probabilities

__all__ = ["roll_up", "round_probabilities"]
