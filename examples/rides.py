"""Writes rides.csv: twelve weeks of taxi rides, six an hour by day. Same rows on any machine.

What a ride knows is its distance, the borough, the rain and the hour; whether it came late is known
half an hour later. On 8 March roadworks begin in Queens, and no column says so.
"""

import csv
import math
import random
from datetime import datetime, timedelta
from pathlib import Path

BEGIN = datetime(2024, 1, 1)  # UTC, as Tenure reads a time without a zone
ROADWORKS = datetime(2024, 3, 8)
DAYS, HOURS, RIDES = 84, (7, 8, 9, 12, 15, 17, 18, 20), 6
BOROUGHS = ("Bronx", "Brooklyn", "Manhattan", "Queens")


def ride(number: int, at: datetime, rain: float, chance: random.Random) -> dict[str, object]:
    """Return one row."""
    borough, distance = chance.choice(BOROUGHS), round(chance.uniform(0.5, 12.0), 1)
    rush = at.hour in {8, 9, 17, 18}
    score = 0.35 * (distance - 7) + 0.5 * rain + 1.2 * rush
    if borough == "Queens":
        score += 5.0 if at >= ROADWORKS else -2.5
    late = chance.random() < 1 / (1 + math.exp(-score))
    return {
        "ride_id": f"r{number:05}",
        "predicted_at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "known_at": f"{at + timedelta(minutes=30):%Y-%m-%dT%H:%M:%SZ}",
        "distance": distance,
        "borough": borough,
        "rain": rain,
        "hour": at.hour,
        "late": int(late),
    }


def rides() -> list[dict[str, object]]:
    """Return all rows, oldest first."""
    chance = random.Random(7)
    rows: list[dict[str, object]] = []
    for day in range(DAYS):
        rain = round(max(0.0, chance.gauss(0.0, 1.5)), 1)
        for hour in HOURS:
            at = BEGIN + timedelta(days=day, hours=hour)
            rows += [ride(len(rows) + i, at, rain, chance) for i in range(RIDES)]
    return rows


if __name__ == "__main__":
    table = rides()
    with Path("rides.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, table[0].keys())
        writer.writeheader()
        writer.writerows(table)
    print(f"rides.csv: {len(table)} rides")
