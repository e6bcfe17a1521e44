"""Builder of a base from a dump of Wikidata: one pass over the dump, in bounded memory, that can be resumed."""
