"""The shell that all services share: the service process, Kafka and transactional lanes. It contains no NLP."""
