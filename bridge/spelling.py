"""spelling: the texts that R and JSON write for one number or boolean.

R made the levels of a factor from numbers by ``as.character()``, which keeps 15 digits
and takes the shorter of two notations: 100000 as a double is "1e+05", as an integer
"100000". A client that sends the number cannot know which. Pure text.
"""

import math
from decimal import Decimal
from functools import lru_cache

_MOST_BITS = 64
_R_DIGITS = 15


@lru_cache(maxsize=4096, typed=True)
def spellings(value: bool | float) -> frozenset[str]:
    """Every text that may stand for ``value``; none for what JSON cannot hold."""
    if isinstance(value, bool):
        return frozenset(("TRUE", "true") if value else ("FALSE", "false"))
    if isinstance(value, int):
        return _of_whole(value) if value.bit_length() <= _MOST_BITS else frozenset()
    return _of_double(value) if math.isfinite(value) else frozenset()


def _of_whole(value: int) -> frozenset[str]:
    """Rounded to 15 digits it could be another one's identifier: only exact texts count."""
    scientific = _scientific(value)
    exact = float(scientific) == value
    return frozenset((str(value), scientific) if exact else (str(value),))


def _of_double(value: float) -> frozenset[str]:
    value += 0.0  # R and the cache know no -0.0
    exponent = Decimal(f"{value:.{_R_DIGITS}g}").as_tuple().exponent
    fixed = f"{value:.{max(0, -int(exponent))}f}"
    return frozenset((repr(value), fixed, _scientific(value)))


def _scientific(value: float) -> str:
    """15 digits at most, as C and R write them: 1e+05, 1.5e-07."""
    mantissa, _, exponent = f"{value:.{_R_DIGITS - 1}e}".partition("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{exponent}"
