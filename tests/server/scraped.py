"""What GET /metrics says, as tests compare it."""

import re
from collections import Counter
from collections.abc import Callable

import httpx
from prometheus_client.parser import text_string_to_metric_families

Value = tuple[str, tuple[tuple[str, str], ...]]


class Scraped:
    """The values of one scrape."""

    def __init__(self, text: str) -> None:
        self.types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
        self.values: dict[Value, float] = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                key = sample.name, tuple(sorted(sample.labels.items()))
                assert key not in self.values
                self.values[key] = sample.value

    def get(self, name: str, **labels: str) -> float:
        """The sum of all values with these labels."""
        wanted = set(labels.items())
        found = [v for (n, has), v in self.values.items() if n == name and wanted <= set(has)]
        return sum(found)

    def statuses(self) -> Counter[tuple[str, str]]:
        """Requests by status and error."""
        found: Counter[tuple[str, str]] = Counter()
        for (name, labels), value in self.values.items():
            if name == "rbridge_requests_total" and value:
                told = dict(labels)
                found[told["status"], told["error"]] += int(value)
        return found

    def counted(self) -> dict[Value, float]:
        """The values that never become less."""
        kinds = ("_total", "_count", "_sum", "_bucket")
        return {key: value for key, value in self.values.items() if key[0].endswith(kinds)}

    def moved(self, before: "Scraped") -> dict[Value, float]:
        """By how much each count has grown, times left out."""
        earlier = before.counted()
        return {
            key: value - earlier.get(key, 0)
            for key, value in self.counted().items()
            if value != earlier.get(key, 0) and not key[0].endswith(("_sum", "_bucket"))
        }


def scrape(url: str) -> Scraped:
    """What a server says now."""
    reply = httpx.get(url + "/metrics", timeout=10)
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return Scraped(reply.text)


def difference(url: str, do: Callable[[], object]) -> dict[Value, float]:
    """What has been counted while it was done."""
    before = scrape(url)
    do()
    return scrape(url).moved(before)
