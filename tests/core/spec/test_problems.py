"""What people are told: every wrong spec that we could think of, with its exact message."""

import os
import re
from pathlib import Path

import pytest

from tenure.core.errors import TenureError
from tenure.core.spec.parse import parse
from tenure.core.spec.problems import SHOWN, InFile, InValue, Problems, SpecError, choose, nearest

GOLDEN = Path(__file__).parents[2] / "golden"
RIGHT = (GOLDEN / "tenure.toml").read_text("utf-8")
MESSAGES = GOLDEN / "spec_errors.txt"

ONE = "select wind_gust from weather where origin = :origin"
LOOKUP = 'lookup.w = { url = "env:W", key = "dl:{origin}", features = ["wind_gust"] }'


def lookup(old: str, new: str) -> tuple[str, str]:
    """Return the edit that adds a look-up with a mistake."""
    assert old in LOOKUP
    return "[serve]", f"[serve]\n{LOOKUP.replace(old, new, 1)}"


EDITS = {
    "a misspelt key": ('recipe  = "lightgbm"', 'recipie = "lightgbm"'),
    "a key of another table": ("[train]\n", "[train]\nholdout = '3d'\n"),
    "a key without a table": ("spec = 1", 'spec = 1\ntenant = "DL"'),
    "a misspelt table": ("[monitor]", "[moniter]"),
    "a missing key": ('target = "late"\n', ""),
    "a missing table": (RIGHT[RIGHT.index("[data]") : RIGHT.index("[labels]")], ""),
    "no tenant": ('tenant  = "DL"\n', ""),
    "a text for a number": ("minutes = 10", 'minutes = "ten"'),
    "a number for a text": ('"DL"', "7"),
    "a number for a list": ('["flight_id"]\n\n', "3\n\n"),
    "a text for a list": ('key    = ["flight_id"]', 'key = "flight_id"'),
    "a number in a list": ('"60d", "120d"', "60, 120"),
    "a text for a table": ("[serve]\nlog =", "serve ="),
    "a list for a table": ("[serve]", "[[serve]]"),
    "a date for a text": ('"ops@delta.example"', "2024-01-01"),
    "a truth value for a number": ("minutes = 10", "minutes = true"),
    "a fraction for a whole number": ('recipe  = "lightgbm"', "seed = 1.5"),
    "a misspelt value": ('recipe  = "lightgbm"', 'recipe = "lightgmb"'),
    "a value that means nothing": ('log = "async"', 'log = "never"'),
    "a number out of range": ("confidence = 0.95", "confidence = 95"),
    "a number too small": ("minutes = 10", "minutes = 0"),
    "a number that is none": ("min = 0", "min = nan"),
    "a duration in words": ('final_after    = "3d"', 'final_after = "3 days"'),
    "a duration in months": ('"400d"', '"13 months"'),
    "a duration without a unit": ('cool_down = "3d"', 'cool_down = "3"'),
    "a duration as a number": ('cool_down = "3d"', "cool_down = 3"),
    "a duration of nothing": ('max_age = "30d"', 'max_age = "0d"'),
    "a size in words": ('"4GiB"', '"4 gigabytes"'),
    "a size too small": ('"4GiB"', '"1MiB"'),
    "a window that is none": ('"60d", "120d"', '"60d", "ever"'),
    "a window twice": ('"60d", "120d"', '"60d", "60d"'),
    "no window": ('["60d", "120d", "all"]', "[]"),
    "a bad cron": ('"0 3 1 * *"', '"0 3 1 * * 2024"'),
    "a cron that never comes": ('"0 3 1 * *"', '"0 3 30 2 *"'),
    "another time zone": ('zone = "UTC"', 'zone = "Europe/Zurich"'),
    "a later format": ("spec = 1", "spec = 2"),
    "a bad name": ('name    = "arrival-delay"', 'name = "arrival/delay"'),
    "an empty name": ('target = "late"', 'target = ""'),
    "a later task": ('"binary"', '"quantile"'),
    "a later mode": ('"online"', '"batch"'),
    "a later source": ('"data/flights.parquet"', '"s3://bucket/flights"'),
    "a later query": ('"data/flights.parquet"', '{ url = "env:W", query_file = "a.sql" }'),
    "training code that is not there": ('recipe  = "lightgbm"', 'code = "fit:fit"'),
    "later tables": ("[serve]", "[tune]\ntrials = 3\n[serve]"),
    "a look-up of nothing": ("[serve]", "[serve]\nlookup.w = {}"),
    "a look-up in a store by its address": lookup("env:W", "redis://u:sesame@host"),
    "a look-up by no column": lookup("{origin}", "origin"),
    "a look-up by two columns in one": lookup("{origin}", "{origin}{carrier}"),
    "a look-up by the target": lookup("{origin}", "{late}"),
    "a look-up by a number": lookup("{origin}", "{distance}"),
    "a look-up by what it looks up": lookup("{origin}", "{wind_gust}"),
    "a look-up of the key": lookup('"wind_gust"]', '"flight_id"]'),
    "a misspelt key of a look-up": lookup("features", "feature"),
    "a look-up without a way to ask": lookup('key = "dl:{origin}", ', ""),
    "a look-up with two ways to ask": lookup("key =", 'query_file = "truth.sql", key ='),
    "a look-up whose query asks for nobody": lookup(
        'key = "dl:{origin}"', 'query_file = "truth.sql"'
    ),
    "a look-up whose query asks one by one": lookup(
        'key = "dl:{origin}"', 'query_file = "one.sql"'
    ),
    "a look-up whose query is not there": lookup('key = "dl:{origin}"', 'query_file = "turth.sql"'),
    "a look-up that waits too long": lookup("features", "timeout_ms = 60_000, features"),
    "a look-up with a misspelt fallback": lookup(
        "features", "otherwise = { wind_guts = 1 }, features"
    ),
    "a look-up with half a fallback": lookup(
        'features = ["wind_gust"]', 'otherwise = { visib = 1 }, features = ["wind_gust", "visib"]'
    ),
    "a look-up with a list for a fallback": lookup(
        "features", "otherwise = { wind_gust = [1] }, features"
    ),
    "a look-up with a fallback of another type": lookup(
        "features", 'otherwise = { wind_gust = "strong" }, features'
    ),
    "a look-up with a fallback out of range": lookup(
        'features = ["wind_gust"]', 'otherwise = { distance = -1 }, features = ["distance"]'
    ),
    "a look-up with an unknown fallback": lookup("features", 'otherwise = "nul", features'),
    "shares that fall": ("[0.10, 0.50]", "[0.5, 0.1]"),
    "a share of nothing": ("[0.10, 0.50]", "[0.0, 0.5]"),
    "a text for a share": ("[0.10, 0.50]", '["10%"]'),
    "a guard that is none": ("p99_ms = 30", "p95_ms = 30"),
    "a canary until a date": ('until  = "safe"', 'until = "friday"'),
    "a canary without an end": ('otherwise = "abort"', 'otherwise = "wait"'),
    "a challenger called canary": ("[challengers.static]", "[challengers.canary]"),
    "a later clause": ('"beats_baseline"', '"latency"'),
    "an unknown clause": ('"beats_baseline"', '"beats_base_line"'),
    "a clause without a rule": ('require = "beats_baseline"', ""),
    "a parameter of another clause": ('"beats_baseline"', '"beats_baseline"\nmax_age = "3d"'),
    "a clause without its value": ('"beats_baseline"', '"metric_min"\nmetric = "auc"'),
    "a clause on a foreign metric": ('"beats_baseline"', '"metric_min"\nmetric = "mae"\nvalue = 1'),
    "a metric of another task": ('"log_loss"', '"mae"'),
    "a metric that judges no rows": ('"log_loss"', '"auc"'),
    "an approval by nobody": ('"beats_baseline"', '"approvals"\nrole = "viewer"'),
    "a join on half a key": ('join   = ["flight_id"]', 'join = ["day"]'),
    "labels final too early": ('final_after    = "3d"', 'final_after = "1h"'),
    "a secret in the spec": (
        'source = "api"',
        'source = { url = "postgres://x", query_file = "q" }',
    ),
    "a query file that is not there": (
        'source = "api"',
        'source = { url = "env:W", query_file = "turth.sql" }',
    ),
    "a source by another name": ('source = "api"', 'source = "http"'),
    "the target as a feature": ("wind_gust = {", "late = {"),
    "the key as a feature": ("wind_gust = {", "flight_id = {"),
    "a feature without a type": ('type = "float", nulls = true', "nulls = true"),
    "levels of a number": ("nulls = true", 'levels = ["1"]'),
    "bounds the wrong way round": ("min = 0", "min = 3, max = 1"),
    "bounds of a category": ('levels = ["EWR", "JFK", "LGA"]', "min = 1"),
    "a column of the house": ("wind_gust = {", "__gust = {"),
    "the target as the time": ('time   = "predicted_at"', 'time = "late"'),
    "the target in the key": ('key    = ["flight_id"]', 'key = ["late"]'),
    "the time ignored": ('key    = ["flight_id"]', 'ignore = ["predicted_at"]'),
    "windows without a time": ('time   = "predicted_at"\n', ""),
    "a challenger called champion": ("[challengers.static]", "[challengers.champion]"),
    "a challenger that wakes on findings": (
        'schedule = { cron = "0 0 1 * *" }',
        'on = ["finding:accuracy"]',
    ),
    "a budget without a number": ("promotions = 4, ", ""),
    "a parameter that is a table": ("params.num_leaves = 31", "params.deep.er = 31"),
    "a parameter that is not finite": ("params.num_leaves = 31", "params.rate = inf"),
    "a misspelt parameter": ("params.num_leaves = 31", "params.num_leafs = 31"),
    "a parameter out of range": ("params.num_leaves = 31", "params.num_leaves = 1"),
    "a parameter of another recipe": ('recipe  = "lightgbm"', 'recipe = "linear"'),
    "a tenant in a blueprint": ("[serve]", "[tenants.B6]\n[serve]"),
    "no TOML: a text without quotes": ('"online"', "online"),
    "no TOML: a key twice": ('task    = "binary"', 'task = "binary"\ntask = "binary"'),
    "no TOML: an open list": ('windows = ["60d", "120d", "all"]', 'windows = ["60d"'),
}
BLUEPRINTS = {
    "a blueprint without tenants": "[tenants]\n",
    "a tenant with a bad name": '[tenants."D L"]\n',
    "a tenant that is no table": "tenants = { DL = 3 }\n",
    "a tenant that names another": '[tenants.DL.model]\ntenant = "B6"\n',
    "a misspelt key of a tenant": "[tenants.DL.train]\nsede = 3\n",
    "a misspelt table of a tenant": "[tenants.DL.trian]\n",
    "a mistake of all tenants": '[serve]\nlog = "asink"\n[tenants.DL]\n[tenants.B6]\n',
}


def wrong() -> dict[str, str]:
    """Return the wrong files by what is wrong with them."""
    files = {}
    for name, (old, new) in EDITS.items():
        assert old in RIGHT, name
        files[name] = RIGHT.replace(old, new, 1)
    start = RIGHT.replace('tenant  = "DL"\n', "")
    body = start.replace('[serve]\nlog = "async"\n', "")
    for name, text in BLUEPRINTS.items():
        # A key that is no table has to stand before the first table.
        files[name] = body + text if text.startswith("[") else text + body
    return files


def said(text: str) -> str:
    with pytest.raises(TenureError) as caught:
        parse(text, "tenure.toml", {"truth.sql": "select 1", "one.sql": ONE})
    return str(caught.value)


def test_every_wrong_spec_is_told_what_where_and_how_to_mend_it() -> None:
    found = "\n\n".join(f"# {name}\n{said(text)}" for name, text in wrong().items()) + "\n"
    if os.environ.get("GOLDEN") == "write":
        MESSAGES.write_text(found, "utf-8")
    assert found == MESSAGES.read_text("utf-8")


def test_places_in_a_file_are_lines_of_the_nearest_table() -> None:
    source = InFile("a.toml", {("train",): 3, ("train", "seed"): 5})
    assert source.where(("train", "seed")) == "a.toml:5"
    assert source.where(("train", "windows", 1)) == "a.toml:3"
    assert source.where(("data",)) == "a.toml"
    assert [source.rank(path) for path in (("train",), ("data",))] == [3, 0]


def test_places_in_a_value_are_paths() -> None:
    assert InValue().where(("train", "windows", 1)) == "spec.train.windows[1]"


def test_a_problem_is_told_once() -> None:
    problems = Problems(InValue())
    for _ in range(2):
        problems.add(("a",), "bad_value", "wrong", "mend it")
    with pytest.raises(SpecError) as caught:
        problems.refuse()
    assert len(caught.value.errors) == 1


def test_nothing_wrong_is_not_refused() -> None:
    problems = Problems(InValue())
    problems.refuse()
    assert not problems.any


def test_a_hopeless_file_is_told_so_much_and_no_more() -> None:
    keys = "".join(f"x{number} = 1\n" for number in range(SHOWN + 5))
    text = said(keys + RIGHT)
    assert text.count("error[") == SHOWN
    assert text.endswith("… and 5 more")


def test_the_nearest_word_ignores_case() -> None:
    assert nearest("Recipie", ["recipe", "seed"]) == "recipe"
    assert nearest("zzz", ["recipe"]) == ""
    assert choose("zzz", []) == "known: none"


def test_every_message_says_how_to_mend_it() -> None:
    for message in re.split(r"^error", MESSAGES.read_text("utf-8"), flags=re.MULTILINE)[1:]:
        assert "\n  " in message, message
