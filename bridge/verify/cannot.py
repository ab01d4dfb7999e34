"""CannotVerify: the comparison could not be made; says nothing of the model's answers."""


class CannotVerify(Exception):
    """Its text is one paragraph for the person who asked: what was seen, and what to do."""
