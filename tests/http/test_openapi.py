"""GET /openapi.json: one document, made once, and no error kept in its place."""

from typing import Any

import httpx
from starlette.applications import Starlette

from bridge.errors import QueueFull, Starting
from bridge.http.openapi import openapi_routes


async def test_it_is_made_once_and_no_error_is_kept() -> None:
    outcomes: list[Any] = [Starting("not yet"), QueueFull("too many"), {"openapi": "3.1.1"}]

    async def make() -> dict[str, Any]:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        assert isinstance(outcome, dict)
        return outcome

    transport = httpx.ASGITransport(Starlette(routes=openapi_routes(make)))
    async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
        replies = [await client.get("/openapi.json") for _ in range(5)]
    assert [reply.status_code for reply in replies] == [503, 503, 200, 200, 200]
    assert [reply.headers.get("retry-after") for reply in replies[:3]] == ["1", "1", None]
    assert replies[4].json() == {"openapi": "3.1.1"} and outcomes == []
