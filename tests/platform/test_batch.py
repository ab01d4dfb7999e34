"""Transform jobs: a line out for every line in, in order, and each what R says."""

import dataclasses
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.platform.cars import Cars, numbers_of_csv, numbers_of_jsonlines
from tests.platform.container import Container, running
from tests.platform.transform import Job, TransformFailed, parameters, run

LINES = 3_000  # python -m tests.platform asks 100 000
CSV = Job("text/csv", "text/csv")
JSONLINES = Job("application/jsonlines", "application/jsonlines")
READERS: dict[str, Callable[[bytes], list[float]]] = {
    "text/csv": numbers_of_csv,
    "application/jsonlines": numbers_of_jsonlines,
}


@pytest.fixture(scope="module")
def cars(tmp_path_factory: pytest.TempPathFactory) -> Cars:
    return Cars(tmp_path_factory.mktemp("cars"), LINES)


@pytest.fixture(scope="module")
def container(cars: Cars, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    """For jobs whose owner leaves everything to the container."""
    with running(cars.model, tmp_path_factory.mktemp("log"), CSV.environ()) as container:
        yield container


def input_file(cars: Cars, job: Job) -> bytes:
    return cars.csv() if job.content_type.startswith("text/csv") else cars.jsonlines()


@pytest.mark.parametrize("strategy", ["MULTI_RECORD", "SINGLE_RECORD"])
@pytest.mark.parametrize("job", [CSV, JSONLINES], ids=["csv", "jsonlines"])
def test_every_line_is_answered_in_order_as_r_does(
    cars: Cars, container: Container, job: Job, strategy: str
) -> None:
    job = dataclasses.replace(job, strategy=strategy)
    output = run(container, job, input_file(cars, job))
    assert output.count(b"\n") == LINES
    assert READERS[job.accept](output) == cars.predicted


@pytest.mark.parametrize(
    "job",
    [
        dataclasses.replace(CSV, payload_mb=0),
        dataclasses.replace(CSV, split="None", assemble="None"),
        dataclasses.replace(JSONLINES, content_type="text/csv", strategy="MULTI_RECORD"),
        dataclasses.replace(CSV, content_type="text/csv; charset=utf-8; label_size=0"),
    ],
    ids=["chunked", "whole file", "csv to jsonlines", "parameters"],
)
def test_other_ways_to_cut_the_same_file(cars: Cars, container: Container, job: Job) -> None:
    output = run(container, job, input_file(cars, job))
    assert READERS[job.accept](output) == cars.predicted


def test_a_file_whose_last_line_has_no_end(cars: Cars, container: Container) -> None:
    output = run(container, CSV, cars.csv().removesuffix(b"\n"))
    assert numbers_of_csv(output) == cars.predicted


def test_mini_batches_of_a_megabyte(cars: Cars, container: Container) -> None:
    times = 2 * 2**20 // len(cars.csv()) + 1
    output = run(container, dataclasses.replace(CSV, payload_mb=1), cars.csv() * times)
    assert numbers_of_csv(output) == cars.predicted * times


def test_pings_are_answered_in_time_while_a_large_payload_is_read(
    cars: Cars, container: Container
) -> None:
    times = 8 * 2**20 // len(cars.csv())
    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(run, container, CSV, cars.csv() * times)
        pings = [container.ping()]
        while not job.done():
            pings.append(container.ping())
            time.sleep(0.05)
    assert all(pings) and len(pings) > 3
    assert numbers_of_csv(job.result()) == cars.predicted * times


def test_a_bad_record_fails_the_file_and_is_named(cars: Cars, container: Container) -> None:
    data = b"2.5,4\n2.5,7\n"
    with pytest.raises(TransformFailed, match=r'gear: \\"7\\" is not one of .* \(row 1\)'):
        run(container, CSV, data)
    assert numbers_of_csv(run(container, CSV, cars.csv())) == cars.predicted


@pytest.mark.parametrize("strategy", ["MULTI_RECORD", "SINGLE_RECORD"])
def test_bad_records_have_lines_of_their_own_where_the_owner_wants_it(
    cars: Cars, tmp_path: Path, strategy: str
) -> None:
    job = dataclasses.replace(CSV, strategy=strategy)
    lines = [b"2.5,7", *cars.csv().splitlines()[:40], b"2.5,4,1", b",,", b"x,5"]
    with running(cars.model, tmp_path, {**job.environ(), "RBRIDGE_ON_ERROR": "placeholder"}) as c:
        output = run(c, job, b"\n".join(lines)).decode().splitlines()
    assert [output[0], *output[41:]] == ['""'] * 4
    assert [float(line) for line in output[1:41]] == cars.predicted[:40]


def test_the_container_says_how_it_wants_to_be_asked(container: Container) -> None:
    plan = parameters(container, CSV)
    assert plan["BatchStrategy"] == "MULTI_RECORD"
    assert plan["MaxConcurrentTransforms"] * plan["MaxPayloadInMB"] <= 100
    assert plan != parameters(container, dataclasses.replace(CSV, concurrent=100))


def test_what_the_owner_of_the_job_set_is_in_force(cars: Cars, tmp_path: Path) -> None:
    job = dataclasses.replace(CSV, strategy="SINGLE_RECORD", concurrent=3, payload_mb=2)
    with running(cars.model, tmp_path, job.environ()) as container:
        assert parameters(container, CSV) == {
            "MaxConcurrentTransforms": 3,
            "BatchStrategy": "SINGLE_RECORD",
            "MaxPayloadInMB": 2,
        }
        headers = {"Content-Type": "application/json"}
        assert container.invoke(b'{"wt": 2.5, "gear": "4"}', headers).status == 200
        assert container.invoke(b" " * (2 * 2**20 + 1), headers).status == 413
