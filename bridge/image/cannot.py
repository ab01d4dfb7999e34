"""CannotBuild: there is no image."""


class CannotBuild(Exception):
    """Its text is for the person who asked: what was seen, where, and what to do."""
