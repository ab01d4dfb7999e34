"""soak: what takes minutes: hundreds of thousands of damaged bodies, a million requests."""
