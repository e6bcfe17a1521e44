"""Pronouns and descriptions that refer to an entity, and the entity that they mean."""
