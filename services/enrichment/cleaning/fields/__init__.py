"""Fields of an article that are found in its lines: headline, byline, captions, dateline, paragraphs."""
