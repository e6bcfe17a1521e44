"""The topics of an article: what it is about, as IPTC Media Topics."""

from services.enrichment.topics.classifier import States, TopicClassifier, TopicReading

__all__ = ["States", "TopicClassifier", "TopicReading"]
