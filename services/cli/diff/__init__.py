"""The command `copydesk diff`: what changed between two sets of enriched events."""
