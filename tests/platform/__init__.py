"""A stand-in for SageMaker: it starts the real server as the platform does, and asks it so."""
