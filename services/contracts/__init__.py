"""Messages on the wire, and definitions that several services must share. Needs pydantic and the standard library."""
