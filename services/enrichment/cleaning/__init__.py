"""Cleaning of a raw scrape or an HTML page to an article, with an account of every character."""

from services.enrichment.cleaning.article import CleanArticle, locate
from services.enrichment.cleaning.clean import clean

__all__ = ["CleanArticle", "clean", "locate"]
