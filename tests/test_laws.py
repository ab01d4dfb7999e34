"""The laws of the codebase that a parser can check: who may import what, and size."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
MOST_LINES = 350
SOURCES = sorted(
    path
    for folder in ("bridge", "benchmarks", "models", "r", "scripts", "tests")
    for path in (ROOT / folder).rglob("*")
    if path.is_file()
    and path.suffix in (".py", ".R", ".sh", "")
    and "__pycache__" not in path.parts
)
PYTHON = [path for path in SOURCES if path.suffix == ".py"]
BRIDGE = [path for path in PYTHON if path.is_relative_to(ROOT / "bridge")]
ENVIRONMENT = {"environ", "environb", "getenv", "getenvb", "putenv"}
WEB = {"starlette", "uvicorn", "httptools", "uvloop", "h11", "anyio"}


def label(path: Path) -> str:
    return str(path.relative_to(ROOT))


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(parsed(path))


def imported(path: Path) -> set[str]:
    """The top-level packages that a file imports, wherever in the file."""
    found: set[str] = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add((node.module or "").partition(".")[0])
    return found


def reads_environment(path: Path) -> bool:
    names: set[str] = set()
    for node in nodes(path):
        if isinstance(node, ast.Attribute):
            names.add(node.attr)
        elif isinstance(node, ast.ImportFrom) and node.module == "os":
            names.update(alias.name for alias in node.names)
    return bool(names & ENVIRONMENT)


def swallows(handler: ast.ExceptHandler) -> bool:
    """True for an ``except`` of everything that neither tells nor raises."""
    caught = "BaseException" if handler.type is None else ast.unparse(handler.type)
    quiet = (ast.Pass, ast.Continue, ast.Break)
    everything = re.search(r"\b(Base)?Exception\b", caught) is not None
    return everything and all(isinstance(node, quiet) for node in handler.body)


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def offenders(paths: list[Path], offends: Callable[[Path], object]) -> set[str]:
    return {label(path) for path in paths if offends(path)}


def test_there_is_something_to_check() -> None:
    assert {"bridge/config.py", "bridge/rmodel.py", "r/R/call.R"} <= set(map(label, SOURCES))


def test_the_environment_is_read_in_config_alone() -> None:
    assert offenders(BRIDGE, reads_environment) == {"bridge/config.py"}


def test_rpy2_is_imported_in_libr_alone() -> None:
    rpy2 = {"rpy2", "_rinterface_cffi_api"}
    assert offenders(BRIDGE, lambda path: rpy2 & imported(path)) == {"bridge/libr.py"}


def test_web_frameworks_are_known_in_http_and_above_alone() -> None:
    found = offenders(BRIDGE, lambda path: imported(path) & WEB)
    assert {name for name in found if not name.startswith("bridge/http/")} <= {"bridge/server.py"}


def test_messages_between_processes_are_never_pickles() -> None:
    pickles = {"pickle", "marshal", "shelve", "multiprocessing"}
    assert offenders(BRIDGE, lambda path: imported(path) & pickles) == set()


def test_no_file_is_longer_than_can_be_read_in_one_go() -> None:
    def lines(path: Path) -> int:
        return len(path.read_text(encoding="utf-8").splitlines())

    assert {label(path): lines(path) for path in SOURCES if lines(path) > MOST_LINES} == {}


def test_every_file_opens_with_what_it_owns() -> None:
    full = [path for path in PYTHON if path.stat().st_size]
    assert offenders(full, lambda path: not ast.get_docstring(parsed(path))) == set()


def test_no_error_is_swallowed() -> None:
    places = [
        f"{label(path)}:{node.lineno}"
        for path in PYTHON
        for node in nodes(path)
        if isinstance(node, ast.ExceptHandler) and swallows(node)
    ]
    assert places == []


def test_no_test_is_skipped() -> None:
    def marks(path: Path) -> set[str]:
        found = {node.attr for node in nodes(path) if isinstance(node, ast.Attribute)}
        return found & {"skip", "skipif", "xfail", "importorskip"}

    assert offenders(PYTHON, marks) == set()
