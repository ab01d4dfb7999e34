"""A server whose requests need a token, on a real port."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bridge.errors import ConfigError
from bridge.http.token import LEAST_BYTES, read_token
from tests.serving import MARATHON, RECORD, Server, serving, start

TOKEN = "0123456789abcdef-sesame"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "token").write_text(f"{TOKEN}\n")
    with serving(MARATHON, folder, "--token-file", str(folder / "token")) as server:
        yield server


def ask(server: Server, *given: str, path: str = "/invocations") -> httpx.Response:
    headers = [("Authorization", value) for value in given]
    return httpx.post(server.url + path, json=RECORD, headers=headers, timeout=10)


@pytest.mark.parametrize("path", ["/invocations", "/invocations/"])
@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_who_has_the_token_is_answered(guarded: Server, scheme: str, path: str) -> None:
    reply = ask(guarded, f"{scheme} {TOKEN}", path=path)
    assert reply.json() == {"marathon_time": ["03:23:30"]}


WRONG = [
    (),
    ("",),
    ("Bearer",),
    (TOKEN,),
    (f"Basic {TOKEN}",),
    (f"Bearer {TOKEN[:-1]}",),
    (f"Bearer {TOKEN}x",),
    (f"Bearer {TOKEN.upper()}",),
    (f"Bearer {TOKEN} {TOKEN}",),
    (f"Bearer {TOKEN}", "Bearer other"),
]


@pytest.mark.parametrize("given", WRONG)
@pytest.mark.parametrize(
    "path", ["/invocations", "/invocations/", "/metrics", "/nowhere", "/ping/../invocations"]
)
def test_who_has_not_is_not(guarded: Server, given: tuple[str, ...], path: str) -> None:
    reply = ask(guarded, *given, path=path)
    assert (reply.status_code, reply.headers["www-authenticate"]) == (401, "Bearer")
    assert reply.json()["error"]["code"] == "unauthorized"
    assert TOKEN not in reply.text


@pytest.mark.parametrize("path", ["/ping", "/ping/", "/ping?x=1"])
def test_a_ping_needs_none(guarded: Server, path: str) -> None:
    assert httpx.get(guarded.url + path).status_code == 200


def test_every_request_of_a_connection_needs_it(guarded: Server) -> None:
    with httpx.Client(base_url=guarded.url) as client:
        good = {"Authorization": f"Bearer {TOKEN}"}
        assert client.post("/invocations", json=RECORD, headers=good).status_code == 200
        assert client.get("/ping").status_code == 200
        assert client.post("/invocations", json=RECORD).status_code == 401
        assert client.post("/invocations", json=RECORD, headers=good).status_code == 200


def test_the_token_is_nowhere_to_be_read(guarded: Server) -> None:
    command = Path(f"/proc/{guarded.process.pid}/cmdline").read_text()
    assert TOKEN not in command + guarded.log.read_text()


@pytest.mark.parametrize(
    "content", ["", "short", "x" * (LEAST_BYTES - 1), "two lines\n" * 5, "ä" * 20]
)
def test_what_is_no_token_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "token").write_text(content)
    with pytest.raises(ConfigError, match="token_file must hold one line of 16 or more"):
        read_token(str(tmp_path / "token"))


def test_a_server_without_its_token_does_not_start(tmp_path: Path) -> None:
    server = start(MARATHON, tmp_path, "--token-file", str(tmp_path / "none"))
    assert server.process.wait(20) == 2
    assert "rbridge: token_file cannot be read" in server.log.read_text()
