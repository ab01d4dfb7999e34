"""CannotDeploy: it was not deployed, or not removed, or does not answer as it should."""


class CannotDeploy(Exception):
    """Its text is for the person who asked: what was seen, where, and what to do."""


class GoldenDiffers(CannotDeploy):
    """The endpoint is there, but its answers are not those of golden.jsonl."""
