"""From a raw scrape or HTML to a clean article, with every character accounted for."""

from services.enrichment.cleaning.article import CleanArticle, locate
from services.enrichment.cleaning.clean import clean

__all__ = ["CleanArticle", "clean", "locate"]
