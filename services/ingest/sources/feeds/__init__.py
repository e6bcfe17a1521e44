"""RSS and Atom feeds as a source: polled politely, remembered on Kafka, never trusted."""
