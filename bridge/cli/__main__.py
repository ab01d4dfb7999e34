"""``python -m bridge.cli``: the same as ``rbridge``."""

from bridge.cli import main

main()
