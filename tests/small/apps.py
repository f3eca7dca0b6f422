"""An app behind a real port, for as long as a block lasts."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI


@contextmanager
def listening(app: FastAPI, **settings: Any) -> Iterator[str]:
    """Serve the app on a free port of 127.0.0.1; yield its address."""
    port = socket.create_server(("127.0.0.1", 0))
    running = uvicorn.Server(uvicorn.Config(app, log_level="critical", ws="none", **settings))
    thread = threading.Thread(target=running.run, args=([port],))
    thread.start()
    while not running.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{port.getsockname()[1]}"
    running.should_exit = True
    thread.join()
