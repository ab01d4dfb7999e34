"""R values there and back: what is written, r/verify.R reads, and writes again."""

import io
import struct
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridge.frame import NA_REAL
from bridge.verify import exchange
from bridge.verify.exchange import Ended, Vector
from bridge.verify.session import SCRIPT

ECHO = """
there <- new.env(parent = baseenv())
arguments <- commandArgs(TRUE)
sys.source(arguments[1], there)
from <- file(arguments[2], "rb")
to <- file(arguments[3], "wb")
value <- there$get_value(from)
there$put_value(to, value)
close(to)
cat(class(value$doubles), length(value$nothing), value$texts[2], Encoding(value$texts[2]))
"""
DOUBLES = [0.1, -0.0, 5e-324, 1.7976931348623157e308, float("inf"), float("nan"), 1 / 3]
TEXTS = ["", "Zürich", None, 'a "b", c\nd', "007", "NA", "\U0001f600"]


def echoed(value: Any, folder: Path) -> tuple[Any, str]:
    """The value after a real R session has read and written it, and what R printed."""
    with (folder / "there").open("wb") as out:
        exchange.write(out, value)
    paths = [str(SCRIPT), str(folder / "there"), str(folder / "back")]
    command = ["Rscript", "--vanilla", "-e", ECHO, *paths]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with (folder / "back").open("rb") as source:
        back = exchange.read(source)
        assert source.read() == b""
    return back, done.stdout


def test_r_reads_what_is_written_and_writes_it_again(tmp_path: Path) -> None:
    value: dict[str, Any] = {
        "doubles": Vector("double", [*DOUBLES, None]),
        "integers": Vector("integer", [1, None, -(2**31) + 1]),
        "logicals": Vector("logical", [True, None, False]),
        "texts": Vector("character", TEXTS),
        "nothing": None,
        "unnamed": [True, 3, {"inner": "x"}],
        "empty": {},
    }
    back, said = echoed(value, tmp_path)
    bits = np.array([*DOUBLES, NA_REAL]).view(np.int64)
    assert back.pop("doubles").view(np.int64).tolist() == bits.tolist()
    assert back == {
        "integers": [1, None, -(2**31) + 1],
        "logicals": [True, None, False],
        "texts": TEXTS,
        "nothing": None,
        "unnamed": [[True], [3], {"inner": ["x"]}],
        "empty": {},
    }
    assert said == "numeric 0 Zürich UTF-8"


def test_a_stream_that_ends_within_a_value_is_noticed() -> None:
    out = io.BytesIO()
    exchange.write(out, ["text", Vector("double", [1.0, 2.0])])
    whole = out.getvalue()
    for cut in range(len(whole)):
        with pytest.raises(Ended):
            exchange.read(io.BytesIO(whole[:cut]))


def test_numbers_go_in_the_machine_s_own_bytes() -> None:
    out = io.BytesIO()
    exchange.write(out, Vector("double", [0.1]))
    assert out.getvalue() == struct.pack("=iid", 3, 1, 0.1)
