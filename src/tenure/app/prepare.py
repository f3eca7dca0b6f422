"""Makes a home ready to be run: `python -m tenure.app.prepare --home …`.

Creates or migrates the database and mints the first keys; says the admin's key as JSON, once.
"""

import argparse
import json
import sys

from tenure.app.keyring import first_admin_key, local_key
from tenure.app.settings import load
from tenure.app.wiring import open_house
from tenure.core.errors import TenureError


def main(arguments: list[str]) -> int:
    """Prepare the home; print {"admin_key"}, empty when it was shown before."""
    parser = argparse.ArgumentParser(prog="tenure.app.prepare")
    parser.add_argument("--home", required=True)
    settings = load({"home": parser.parse_args(arguments).home})
    try:
        house = open_house(settings, "prepare")
        local_key(house, settings.home)
        answer = {"admin_key": first_admin_key(house)}
        house.trainer.close()
        house.store.close()
    except TenureError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
