"""benchmarks: this service beside three others, one after another, on one machine."""
