"""Bodies and answers recorded from the SageMaker Python SDK, and the script that did it."""
