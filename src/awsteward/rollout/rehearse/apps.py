"""The service as a WSGI and as an ASGI application, for gunicorn and uvicorn.

It does what the plain server does: work, commit the id, answer. Each worker process writes a ledger
file of its own, beside the others of its replica.
"""

import asyncio
import functools
import os
import threading
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from pathlib import Path
from urllib.parse import parse_qs

from awsteward.rollout.rehearse.ledger import Ledger
from awsteward.rollout.rehearse.servers import LEDGER, REPLICA

Message = MutableMapping[str, object]
StartResponse = Callable[[str, list[tuple[str, str]]], object]


def wsgi(environ: MutableMapping[str, object], start_response: StartResponse) -> Iterable[bytes]:
    """One request, by a thread of its own."""
    path, query = str(environ["PATH_INFO"]), str(environ["QUERY_STRING"])
    if path != "/ready":
        threading.Event().wait(_takes_s(query))
        _commit(path)
    headers = [("Content-Length", "3"), ("X-Replica", os.environ[REPLICA])]
    start_response("200 OK", headers)
    return [b"ok\n"]


async def asgi(
    scope: Message,
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """One request, in the one event loop; of the lifespan nothing is wanted."""
    if scope["type"] != "http":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    path, query = str(scope["path"]), scope["query_string"]
    if path != "/ready":
        await asyncio.sleep(_takes_s(query.decode() if isinstance(query, bytes) else ""))
        _commit(path)
    replica = os.environ[REPLICA].encode()
    headers = [(b"content-length", b"3"), (b"x-replica", replica)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok\n"})


def _takes_s(query: str) -> float:
    return float(parse_qs(query).get("s", ["0"])[0])


_WRITING = threading.Lock()


def _commit(path: str) -> None:
    with _WRITING:
        _ledger(os.getpid()).commit(path.rpartition("/")[2])


@functools.cache
def _ledger(pid: int) -> Ledger:
    file = Path(os.environ[LEDGER])
    return Ledger(str(file.with_name(f"{file.stem}-{pid}{file.suffix}")))
