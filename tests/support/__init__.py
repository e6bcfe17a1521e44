"""What the test suites share: builders, the clock, fakes, records, processes, footprint."""
