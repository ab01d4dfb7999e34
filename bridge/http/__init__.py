"""The HTTP face: Starlette and what it needs. Only here and in ``server`` is HTTP known."""
