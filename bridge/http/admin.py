"""admin: routes that another address answers, and only that, where the settings name one."""

from starlette.types import ASGIApp, Receive, Scope, Send


class Divided:
    """An ASGI application: ``admin`` for connections to ``port``, ``public`` for all others."""

    def __init__(self, public: ASGIApp, admin: ASGIApp, port: int) -> None:
        self._public = public
        self._admin = admin
        self._port = port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_admin = scope["type"] == "http" and scope["server"][1] == self._port
        await (self._admin if is_admin else self._public)(scope, receive, send)
