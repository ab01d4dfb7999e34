"""draw: the plots of ``benchmarks.compare``: ``python -m benchmarks.draw FILE``, with matplotlib.

Writes SVG files beside FILE; the same results make the same bytes.
"""

import json
import statistics
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot

TITLES = {
    "bare": "bare ASGI callable",
    "empty": "empty Starlette endpoint",
    "service": "this service",
    "starlette": "R in Starlette, by rpy2",
    "bentoml": "BentoML",
    "mlserver": "MLServer",
    "plumber": "plumber",
    "predict": "predict() alone, in memory",
}
COLOURS = dict(
    zip(
        TITLES,
        ("#5f6368", "#9aa0a6", "#1a73e8", "#e8a33d", "#8e44ad", "#2e8b57", "#b0413e", "#202124"),
        strict=True,
    )
)
mpl.use("svg")
mpl.rcParams |= {"svg.hashsalt": "benchmarks", "svg.fonttype": "none", "font.size": 9}
Rows = list[dict[str, Any]]


def main(file: Path) -> None:
    """Draws what was measured so far."""
    results = json.loads(file.read_text())
    drawn = {"single": _single, "rates": _rates, "csv": _csv, "models": _models}
    for part, draw in drawn.items():
        if part in results:
            figure = draw(results)
            figure.savefig(file.with_name(f"{part}.svg"), metadata={"Date": None})
            pyplot.close(figure)


def _new(columns: int, title: str) -> tuple[Any, Any]:
    figure, axes = pyplot.subplots(1, columns, figsize=(9, 4.2), layout="constrained")
    figure.suptitle(title)
    return figure, axes


def _median(rows: Rows, figure: str, **where: Any) -> float:
    found = [row[figure] for row in rows if all(row[k] == v for k, v in where.items())]
    return statistics.median(found)


def _entrants(rows: Rows) -> list[str]:
    return list(dict.fromkeys(row["entrant"] for row in rows))


def _style(axis: Any, x: str, y: str) -> None:
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xlabel(x)
    axis.set_ylabel(y)
    axis.grid(visible=True, color="#dadce0")


def _line(axis: Any, entrant: str, xs: list[float], ys: list[float]) -> None:
    wide = 2.5 if entrant == "service" else 1.3
    axis.plot(xs, ys, "o-", ms=3, lw=wide, color=COLOURS[entrant], label=TITLES[entrant])


def _single(results: dict[str, Any]) -> Any:
    """Throughput and median latency by connections."""
    rows = [row for row in results["single"] if row["records"] == 1]
    xs = sorted({row["connections"] for row in rows})
    figure, axes = _new(2, "Single records, closed loop")
    for entrant in _entrants(rows):
        for axis, name, unit in zip(axes, ("per_second", "p50_us"), (1, 1000), strict=True):
            ys = [_median(rows, name, entrant=entrant, connections=x) / unit for x in xs]
            _line(axis, entrant, xs, ys)
    for axis, y in zip(axes, ("requests per second", "median latency, ms"), strict=True):
        _style(axis, "connections", y)
        axis.set_xticks(xs, map(str, xs))
    axes[0].legend(fontsize=7)
    return figure


def _rates(results: dict[str, Any]) -> Any:
    """Median and p99 against the rate that was offered."""
    rows = [row for row in results["rates"] if row["share"]]
    figure, axes = _new(2, "Constant rate, open loop: 25, 50, 75 and 90 % of each one's capacity")
    for entrant in _entrants(rows):
        mine = [row for row in rows if row["entrant"] == entrant]
        for axis, name in zip(axes, ("p50", "p99"), strict=True):
            ys = [row["latency_us"][name] / 1000 for row in mine]
            _line(axis, entrant, [row["rate"] for row in mine], ys)
    for axis, name in zip(axes, ("median", "p99"), strict=True):
        _style(axis, "requests per second", f"{name} of latency from the due time, ms")
    axes[0].legend(fontsize=7)
    return figure


def _csv(results: dict[str, Any]) -> Any:
    """Seconds by rows."""
    rows = results["csv"]
    figure, axis = _new(1, "CSV in, CSV out, by number of rows")
    for entrant in _entrants(rows):
        mine = [row for row in rows if row["entrant"] == entrant]
        _line(axis, entrant, [row["rows"] for row in mine], [row["seconds"] for row in mine])
    _style(axis, "rows", "seconds")
    axis.legend(fontsize=7)
    return figure


def _models(results: dict[str, Any]) -> Any:
    """Single records at 64 connections, by model."""
    rows = [row for row in results["models"] if row["connections"] == 64]
    cases, entrants = list(dict.fromkeys(row["case"] for row in rows)), _entrants(rows)
    figure, axis = _new(1, "Single records of other models, 64 connections")
    for i, entrant in enumerate(entrants):
        ys = [_median(rows, "per_second", case=case, entrant=entrant) for case in cases]
        xs = [x + 0.25 * i for x in range(len(cases))]
        axis.bar(xs, ys, 0.23, color=COLOURS[entrant], label=TITLES[entrant])
    floors = [1e6 / results["floors"][case]["1"] for case in cases]
    places = range(len(cases))
    ends = [x - 0.15 for x in places], [x + 0.65 for x in places]
    axis.hlines(floors, *ends, color=COLOURS["predict"], label="one R loop")
    axis.set_yscale("log")
    axis.set_ylabel("requests per second")
    axis.set_xticks([x + 0.25 for x in places], cases)
    axis.legend(fontsize=7)
    return figure


if __name__ == "__main__":
    main(Path(sys.argv[1]))
