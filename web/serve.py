"""The page on a thread of its own, on a socket that is bound before anything else starts."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from zhiwen.errors import InputError

if TYPE_CHECKING:
    from fastapi import FastAPI


@contextmanager
def serving(app: FastAPI, *, host: str, port: int) -> Iterator[str]:
    """Serve `app` until the block ends; yields its address. Raises InputError for a port that is taken."""
    import uvicorn

    try:
        listening = socket.create_server((host, port))
    except OSError as error:
        raise InputError(
            f"cannot listen on {host}:{port}: {error.strerror}",
            hint="another program has the port; ZHIWEN_WEB_PORT=0 takes a free one",
        ) from error
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="web", daemon=True)
    thread.start()
    host, port = listening.getsockname()[:2]
    try:
        yield f"http://{host}:{port}/"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listening.close()
