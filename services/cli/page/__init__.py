"""`copydesk page`: the read-only page of a desk that runs here or elsewhere."""
