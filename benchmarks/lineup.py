"""lineup: all servers that are compared, and how each is installed, started and asked.

MLServer and BentoML live in environments of their own, below ``.bench``: their versions of
what they share with this project differ. Where one cannot be installed, it is left out, and
the results say so.
"""

from dataclasses import dataclass
from pathlib import Path

from benchmarks import environments
from benchmarks.cases import Case
from benchmarks.client import Exchange, ask
from benchmarks.contenders import EMPTY, PYTHON, START_SECONDS, WITH_R, Server, rbridge
from benchmarks.dialects import BENTO, REST, V2, Dialect, agree


@dataclass(frozen=True)
class Entrant:
    """``command`` may name PORT, BODY, MODEL and SCRATCH, a new folder of the run's.

    ``environment``: of those below ``.bench``, the one that it needs. A ``constant`` answers
    always the same, without a model.
    """

    key: str
    title: str
    command: tuple[str, ...]
    dialect: Dialect = REST
    environment: str = ""
    constant: bool = False


_MODEL_AND_PATH = ("BENCH_FOLDER=MODEL", "PYTHONPATH=.")
SERVICE = Entrant("service", "this service", rbridge("MODEL", "--max-body-mb", "1000"))
STARLETTE = Entrant(
    "starlette",
    "R in Starlette, by rpy2",
    (
        *WITH_R,
        environments.python("starlette"),
        "-m",
        "benchmarks.rivals.starlette_app",
        "PORT",
        "MODEL",
    ),
    environment="starlette",
)
PLUMBER = Entrant("plumber", "plumber", ("Rscript", "benchmarks/rivals/plumber.R", "MODEL", "PORT"))
LINEUP = (
    Entrant(
        "bare",
        "bare ASGI callable",
        (*PYTHON, "benchmarks.rivals.bare", "PORT", "BODY"),
        constant=True,
    ),
    Entrant("empty", "empty Starlette endpoint", EMPTY.command, constant=True),
    SERVICE,
    STARLETTE,
    Entrant(
        "bentoml",
        "BentoML, batching, by rpy2",
        (*WITH_R, *_MODEL_AND_PATH, environments.python("bentoml"), "-m", "bentoml", "serve",
         "benchmarks.rivals.bento:Model", "--host", "127.0.0.1", "--port", "PORT"),
        BENTO,
        "bentoml",
    ),
    Entrant(
        "mlserver",
        "MLServer, batching, by rpy2",
        (*WITH_R, *_MODEL_AND_PATH, environments.python("mlserver"), "-m",
         "benchmarks.rivals.mlserver_model", "SCRATCH", "MODEL", "PORT"),
        V2,
        "mlserver",
    ),
    PLUMBER,
)  # fmt: skip
TITLES = {entrant.key: entrant.title for entrant in LINEUP}


class Started(Server):
    """An entrant that serves a case; ``asked`` makes a request and tells the only right answer."""

    def __init__(self, entrant: Entrant, case: Case, port: int, scratch: Path) -> None:
        folder = scratch / f"{entrant.key}-{case.key}"
        folder.mkdir(exist_ok=True)
        self.entrant, self._case = entrant, case
        constant = f'{{"marathon_time":["{case.answers[0]}"]}}' if entrant.constant else ""
        words = {"MODEL": case.folder, "SCRATCH": str(folder)}
        command = tuple(_filled(word, words) for word in entrant.command)
        super().__init__(command, port, Exchange(self._request(1), constant.encode()))

    def _request(self, records: int) -> bytes:
        return self.entrant.dialect.ask(self._case.records[:records])

    def _is_right(self) -> bool:
        return self._answer(1, START_SECONDS) is not None

    def _answer(self, records: int, timeout: float) -> bytes | None:
        """The answer to the first records, if it is R's."""
        path, request = self.entrant.dialect.path, self._request(records)
        body = ask(self._port, path, request, timeout)
        if body is None:
            return None
        right = agree(self.entrant.dialect.values(body), list(self._case.answers[:records]))
        return body if right else None

    def asked(self, records: int) -> Exchange:
        """The request for the first records, with an answer that was compared with R's."""
        body = self._answer(records, START_SECONDS)
        if body is None:
            raise RuntimeError(f"{self.entrant.title}: a wrong answer for {records} records")
        return Exchange(self._request(records), body)


def _filled(word: str, words: dict[str, str]) -> str:
    for name, value in words.items():
        word = word.replace(name, value)
    return word
