"""The two processing stages: annotate (stateless, on faust) and match (stateful, on lanes).

Each is a consumer group, so that scaling one never moves the other's partitions. They share no code and never import
each other.
"""
