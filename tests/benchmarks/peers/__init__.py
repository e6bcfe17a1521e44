"""The same enrichment in other frameworks: what a stream costs beside ours."""
