"""Generators of reference files: schemas, AsyncAPI, Avro, tables in docs/, Kubernetes resources, dashboards.

`python -m services.reference` runs them all. No other package imports this one.
"""
