"""The read-only page of `copydesk up` and `copydesk page`: the stream of events, and everything about one event."""
