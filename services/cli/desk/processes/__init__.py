"""The processes of a desk: the checks before they start, their start, and their restart when one ends."""
