"""Transactional lanes: one writer a partition, with its offsets, checkpoints and state."""
