"""report: what the test prints, one line per check or measurement, and the count at the end."""


def say(line: str) -> None:
    """Prints a line at once."""
    print(line, flush=True)  # noqa: T201


class Report:
    """Prints each check as it is noted, and counts."""

    def __init__(self) -> None:
        self._passed = 0
        self._failed = 0

    def check(self, name: str, passed: bool, found: object = "") -> None:
        """Notes one check; ``found`` is shown where it failed."""
        self._passed += passed
        self._failed += not passed
        say(f"PASS  {name}" if passed else f"FAIL  {name}: {found}")

    def tell(self, measured: str) -> None:
        """Prints what was found and is for people to judge."""
        say(f"      {measured}")

    def equal(self, name: str, found: object, expected: object) -> None:
        """Notes whether two values are the same."""
        self.check(name, found == expected, f"{found!r} instead of {expected!r}")

    def finish(self) -> int:
        """Prints the count; the exit status: 0 if every check passed."""
        say(f"{self._passed} passed, {self._failed} failed")
        return 1 if self._failed else 0
