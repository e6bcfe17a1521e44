"""How the encoder's weights were made; an extra with torch, which no other part imports."""
