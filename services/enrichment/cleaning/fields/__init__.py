"""Fields of an article: headline, byline, dateline, times, paragraphs."""
