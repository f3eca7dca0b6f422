"""The worker process: `python -m tenure.app.worker --home …`.

With `--until-settled` it ends when nothing is due, which is what a foreground `apply` runs.
"""

import argparse
import logging
import signal
import sys
from datetime import timedelta
from types import FrameType

from tenure.app.settings import load
from tenure.app.telemetry import tracer
from tenure.app.wiring import open_house
from tenure.services.checkpoint import Notary
from tenure.services.publish import publish_all
from tenure.services.sweep import Sweeper
from tenure.services.usage import Gauge
from tenure.worker.loop import Chore, Worker


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="tenure.app.worker")
    parser.add_argument("--home", required=True)
    parser.add_argument("--until-settled", action="store_true")
    given = parser.parse_args(arguments)
    logging.basicConfig(
        level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    settings = load({"home": given.home})
    house = open_house(settings, "worker")
    publish_all(house)
    traces = tracer("worker")
    every = timedelta(seconds=settings.ledger.every)
    chores: list[Chore] = [Gauge(house), Sweeper(house)]
    if every:
        chores.append(Notary(house, every))
    worker = Worker(house, settings.workers, tracer=traces, chores=chores)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        worker.stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if given.until_settled:
        worker.run_until_settled()
    else:
        worker.run()
    if traces is not None:
        traces.close()
    house.trainer.close()
    house.store.close()


if __name__ == "__main__":
    main(sys.argv[1:])
