"""The whole path as processes, a load for it, and the checker that judges what is on the topics."""
