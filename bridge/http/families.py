"""families: the metrics and what each tells, as text. docs/metrics.md lists them.

THE ONLY FILE THAT IMPORTS prometheus_client, which takes a tenth of a second: it is imported
when the first text is made.
"""

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from bridge import __version__
from bridge.counts import BOUNDS, INTERNAL, NOT_ALLOWED, NOT_FOUND, Histogram, Total
from bridge.errors import InvalidInput
from bridge.http.errors import STATUS

Totals = Mapping[str, Total]
Family = CounterMetricFamily | GaugeMetricFamily
_STATUSES = {
    **{error.code: status for error, status in STATUS.items()},
    NOT_FOUND: 404,
    NOT_ALLOWED: 405,
    INTERNAL: 500,
}
_LIMITS = (*map(str, BOUNDS), "+Inf")


def text(totals: Totals, r_version: str) -> bytes:
    """All metrics, by the totals of each model, in Prometheus' text format."""
    return generate_latest(_Families(totals, r_version))


class _Families(Collector):
    """Only requests may have no model: those that were refused before it was known."""

    def __init__(self, totals: Totals, r_version: str) -> None:
        self._totals = totals
        self._r_version = r_version

    def collect(self) -> Iterator[Metric]:
        named = {model: total for model, total in self._totals.items() if model}
        yield _requests(self._totals)
        yield from _of_models(named)
        yield from _at_the_moment({m: total for m, total in named.items() if total.loaded})
        yield _plain(
            CounterMetricFamily("rbridge_front_deaths", "Processes of --processes that ended."),
            max((total.front_deaths for total in named.values()), default=0),
        )
        yield self._build()

    def _build(self) -> Metric:
        labels = ("version", "r_version")
        build = GaugeMetricFamily("rbridge_build_info", "Always 1.", labels=labels)
        build.add_metric((__version__, self._r_version), 1)
        return build


def _requests(totals: Totals) -> Metric:
    """Of the many errors that there are, those that there were."""
    labels = ("model", "status", "error")
    told = "Requests that were answered or refused."
    family = CounterMetricFamily("rbridge_requests", told, labels=labels)
    for model, total in totals.items():
        if model:
            family.add_metric((model, "200", ""), total.seconds.counts[-1])
        failed = [(_STATUSES[code], code, count) for code, count in total.failed.items()]
        unfit = [(STATUS[InvalidInput], code, count) for code, count in total.unfit.items()]
        for status, code, count in (*failed, *unfit):
            if count:
                family.add_metric((model, str(status), code), count)
    return family


def _of_models(totals: Totals) -> Iterator[Metric]:
    yield _histogram(
        "rbridge_request_duration_seconds",
        "From a request that was read to its answer, if that is no error.",
        {model: total.seconds for model, total in totals.items()},
    )
    yield _histogram(
        "rbridge_call_duration_seconds",
        "From a call of R, which may be for several requests, to its end.",
        {model: total.call_seconds for model, total in totals.items()},
    )
    yield _counter("calls", "Calls of R.", totals, lambda total: total.call_seconds.counts[-1])
    yield _counter("rows", "Records that R answered.", totals, lambda total: total.rows)
    yield _counter(
        "replaced_cells", "Cells that policies replaced.", totals, lambda total: total.replaced
    )
    yield _counter(
        "placeholders", "Records answered by a placeholder.", totals, lambda t: t.placeholders
    )
    yield _by_label(
        CounterMetricFamily(
            "rbridge_worker_deaths",
            "R processes that ended though they were wanted.",
            labels=("model", "reason"),
        ),
        {model: total.worker_deaths for model, total in totals.items()},
    )


def _at_the_moment(totals: Totals) -> Iterator[Metric]:
    waiting = GaugeMetricFamily(
        "rbridge_requests_waiting", "Requests that wait for a worker.", labels=("model",)
    )
    for model, total in totals.items():
        waiting.add_metric((model,), total.waiting)
    yield waiting
    yield _by_label(
        GaugeMetricFamily("rbridge_workers", "R processes.", labels=("model", "state")),
        {model: total.workers for model, total in totals.items()},
    )
    loaded = sum(total.loaded for total in totals.values())
    yield _plain(GaugeMetricFamily("rbridge_models_loaded", "Models that can be asked."), loaded)


def _counter(name: str, told: str, totals: Totals, value: Callable[[Total], float]) -> Metric:
    family = CounterMetricFamily(f"rbridge_{name}", told, labels=("model",))
    for model, total in totals.items():
        family.add_metric((model,), value(total))
    return family


def _histogram(name: str, told: str, values: Mapping[str, Histogram]) -> Metric:
    family = HistogramMetricFamily(name, told, labels=("model",))
    for model, (counts, seconds) in values.items():
        family.add_metric((model,), list(zip(_LIMITS, counts, strict=True)), seconds)
    return family


def _by_label(family: Family, values: Mapping[str, Mapping[str, float]]) -> Metric:
    """A value for each model and what its second label may be."""
    for model, of_model in values.items():
        for label, value in of_model.items():
            family.add_metric((model, label), value)
    return family


def _plain(family: Family, value: float) -> Metric:
    family.add_metric((), value)
    return family
