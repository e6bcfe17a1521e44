"""Generators of reference files: schemas, AsyncAPI, Avro, tables in docs, Kubernetes values."""
