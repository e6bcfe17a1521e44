"""Stories: the record on the wire, and what the terminal and the page show of it."""
