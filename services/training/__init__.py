"""How the encoder's weights were made; an extra with torch, imported by nobody."""
