"""The api process: `python -m tenure.app.control --home …`. Wires, decides nothing."""

import argparse
import logging
import signal
import socket
import sys

import uvicorn

from tenure.api.app import create_app
from tenure.app.settings import load
from tenure.app.telemetry import told_of
from tenure.app.wiring import open_house

_DRAIN_SECONDS = 5


def main(arguments: list[str]) -> None:
    """Answer until SIGTERM."""
    parser = argparse.ArgumentParser(prog="tenure.app.control")
    parser.add_argument("--home", required=True)
    parser.add_argument("--listening", type=int, help="descriptor of a socket that listens there")
    given = parser.parse_args(arguments)
    settings = load({"home": given.home})
    logging.basicConfig(
        level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    house = open_house(settings, "api")
    hosts = (*settings.allowed_hosts, settings.api.host)
    told = told_of("api", settings.home, settings.api)
    app = create_app(
        house,
        hosts=hosts,
        serving_url=settings.serving.url,
        access=told.access,
        tracer=told.tracer,
    )
    # uvicorn raises the signal again after it has drained; without a handler the house stays open.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    own = settings.certificate
    config = uvicorn.Config(
        app,
        ssl_certfile=own.chain if own else None,
        ssl_keyfile=own.key if own else None,
        proxy_headers=bool(settings.proxies),  # of nobody else is the word taken
        forwarded_allow_ips=list(settings.proxies),
        host=settings.api.host,
        port=settings.api.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=_DRAIN_SECONDS,
    )
    sockets = None if given.listening is None else [socket.socket(fileno=given.listening)]
    uvicorn.Server(config).run(sockets)
    for one in (told.access, told.tracer):
        if one is not None:
            one.close()
    house.trainer.close()
    house.store.close()


if __name__ == "__main__":
    main(sys.argv[1:])
