"""processor: two consumer groups, annotate (faust, stateless) and match (lanes, stateful), so that scaling one never
moves the other's partitions. They share no code and never import each other."""
