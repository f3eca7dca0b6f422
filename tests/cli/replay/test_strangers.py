"""A stream as a stranger has it, from `tenure init` to the report, with nothing done by hand."""

import csv
import io
import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

from .test_replay import done, tenure

HOURS = 400
PLACES = ("Süd", 'the "old" mill')


def rows() -> str:
    """Return hours at two places in CSV: semicolons, decimal commas, zones, odd names, gaps."""
    text = io.StringIO()
    out = csv.writer(text, delimiter=";", lineterminator="\r\n")
    out.writerow(["Zeit", "Ort", "Größe, m", 'say "x"', "fixed", "rare", "Stand [cm]"])
    start = datetime(2024, 3, 20, tzinfo=timezone(timedelta(hours=1)))
    for hour in range(HOURS):
        for place, name in enumerate(PLACES):
            size, turn = (hour * 7 % 17) / 2, (hour + place) % 5
            level = "" if hour % 50 == 7 else ("low", "middle", "high")[int(size + turn) // 5]
            at = (start + timedelta(hours=hour)).isoformat(sep=" ")
            rare = "x" if hour == 3 else ""
            out.writerow([at, name, f"{size:.2f}".replace(".", ","), turn, "7", rare, level])
    return "\ufeff" + text.getvalue()


def test_an_odd_file_goes_through_the_whole_loop(tmp_path: Path, programs: Path) -> None:
    (tmp_path / "rows.csv").write_text(rows(), encoding="utf-8", newline="")
    columns = ("--target", "Stand [cm]", "--time", "Zeit", "--key", "Ort", "--key", "Zeit")
    code, _, err = done(tenure(tmp_path, programs, "init", "rows.csv", *columns))
    assert code == 0, err
    spec = tmp_path / "tenure.toml"
    spec.write_text(
        spec.read_text() + '\n[train.params]\nnum_iterations = 20\n[gate]\nholdout = "4d"\n'
    )
    code, _, err = done(
        tenure(tmp_path, programs, "replay", "--from", "2024-04-03", "--report", "out")
    )
    assert code == 0, err
    found = json.loads((tmp_path / "out" / "report.json").read_text())["tenants"]["acme"]
    assert (found["predictions"], found["quarantined"]) == (2 * (HOURS - 14 * 24 - 1), {})
    assert found["labels"] == found["tenure"]["n"] == found["static"]["n"] > 0
    assert found["labels"] == found["predictions"] - 2  # the truth of one hour never comes
