"""RSS and Atom feeds as a source. Feeds are polled politely, their states are kept on Kafka, and no feed is trusted."""
