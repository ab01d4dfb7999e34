"""Bytes in words."""

import pytest

from bridge.check.sizes import in_words


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (9949, "9.9 kB"),
        (9950, "10 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (200_050_480, "200 MB"),
        (12_300_000_000_000, "12300 GB"),
    ],
)
def test_two_or_three_digits(count: int, words: str) -> None:
    assert in_words(count) == words
