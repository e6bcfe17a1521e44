"""Comparison of Copydesk with its peers: accuracy, speed, memory and size, in one run on one core."""
