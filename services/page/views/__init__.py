"""Views: what the page shows of an event, as plain values. Functions of the event alone."""
