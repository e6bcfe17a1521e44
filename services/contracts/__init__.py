"""What travels on the wire: pydantic and the standard library only."""
