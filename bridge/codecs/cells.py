"""cells: NumPy arrays as the cells that JSON would have brought, for ``coerce``.

Missing is None: NaN in numbers, as pandas means it, and NaT in times. Dates and times are
text of ISO 8601, times in UTC.
"""

from typing import Any

import numpy as np
import numpy.typing as npt


def cells(array: npt.NDArray[Any], is_date: bool = False) -> list[Any] | None:
    """The cells of a column, or None if no cell can be of its type.

    ``is_date``: the field is a day, which pandas sends as a time at midnight.
    """
    if array.dtype.kind == "f":
        return _without(array.astype(np.float64).tolist(), np.isnan(array))
    if array.dtype.kind == "M":
        return _without(_iso(array, is_date), np.isnat(array))
    if array.dtype.kind == "S":
        return [cell.decode("utf-8", "surrogateescape") for cell in array.tolist()]
    return list(array.tolist()) if array.dtype.kind in "biuU" else None


def _without(values: list[Any], missing: npt.NDArray[np.bool_]) -> list[Any]:
    if not missing.any():
        return values
    return [None if gone else v for v, gone in zip(values, missing.tolist(), strict=True)]


def _iso(array: npt.NDArray[Any], is_date: bool) -> list[Any]:
    days = array.astype("datetime64[D]")
    if np.datetime_data(array.dtype)[0] == "D" or (is_date and _are_midnights(array, days)):
        return list(np.datetime_as_string(days).tolist())
    unit = np.datetime_data(array.dtype)[0]
    fine = array if unit in ("s", "ms", "us", "ns") else array.astype("datetime64[s]")
    return [text + "Z" for text in np.datetime_as_string(fine).tolist()]


def _are_midnights(array: npt.NDArray[Any], days: npt.NDArray[Any]) -> bool:
    return bool(((array == days) | np.isnat(array)).all())
