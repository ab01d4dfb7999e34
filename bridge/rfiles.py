"""rfiles: where the R code lies: in a wheel beside this file, in a clone at the top."""

from pathlib import Path

_PACKAGED = Path(__file__).parent / "_r"
FOLDER = _PACKAGED if _PACKAGED.is_dir() else Path(__file__).parents[1] / "r"
