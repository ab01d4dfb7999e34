"""Serve existing R models unchanged: R's own ``predict()`` behind an HTTP server."""

__version__ = "0.1.0"
