"""Output for people: consoles, progress bars and an event as a panel."""
