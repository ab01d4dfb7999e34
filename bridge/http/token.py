"""token: who may ask, where the setting ``token_file`` names a file with a secret.

For use outside of SageMaker, which has a gate of its own. The secret is in a file, for
command lines can be read by every process of the machine.
"""

import hmac
from collections.abc import Iterable
from pathlib import Path

from bridge.errors import ConfigError

LEAST_BYTES = 16
OPEN = (b"/ping", b"/ping/")


def read_token(file: str) -> bytes:
    """What clients must send; b"" if ``file`` is "". Raises ConfigError."""
    if not file:
        return b""
    try:
        token = Path(file).read_bytes().strip()
    except OSError as error:
        raise ConfigError(f"token_file cannot be read: {error}") from None
    if len(token) < LEAST_BYTES or not all(0x21 <= byte <= 0x7E for byte in token):
        raise ConfigError(
            f"token_file must hold one line of {LEAST_BYTES} or more printable ASCII characters, "
            "such as: openssl rand -hex 32"
        )
    return token


def is_open(url: bytes) -> bool:
    """True if anybody may ask for ``url`` at any time."""
    return url.partition(b"?")[0] in OPEN


def lets_in(token: bytes, url: bytes, headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """True if a request with these headers may ask for ``url``."""
    if is_open(url):
        return True
    given = [value for name, value in headers if name == b"authorization"]
    if len(given) != 1:
        return False
    scheme, _, secret = given[0].partition(b" ")
    return scheme.lower() == b"bearer" and hmac.compare_digest(secret.strip(), token)
