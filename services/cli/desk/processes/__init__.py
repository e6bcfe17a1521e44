"""The processes of a desk: what is checked before they start, their start, and what happens when one ends."""
