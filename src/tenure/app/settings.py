"""What may be set, and where each value came from: flag > environment > home/config.toml > default.

Read once at a process's root and handed down; nothing below `app` and `cli` knows it.
"""

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from tenure.app import forms
from tenure.app.places import (
    EVERYWHERE,
    Address,
    Certificate,
    LedgerPlaces,
    ServingAddress,
    SignInRules,
    Tls,
    Watched,
)
from tenure.core.errors import TenureError, invalid
from tenure.core.lookups import Allowance
from tenure.core.usage import Prices

DEFAULT_HOME = ".tenure"


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting, resolved. `origins` says for each name where its value came from."""

    home: Path
    database_url: str
    api: Watched
    serving: ServingAddress
    ledger: LedgerPlaces
    sign_in: SignInRules
    tls: Tls
    proxies: tuple[str, ...]  # networks of proxies whose word about client and scheme is taken
    workers: int  # jobs that the worker runs at the same time
    allowed_hosts: tuple[str, ...]  # names that the API answers to besides the local ones
    public: bool
    lookups: tuple[Allowance, ...]  # where tenants' specs may look up
    warehouses: tuple[Allowance, ...]  # which databases tenants' specs may ask for labels
    notify: tuple[Allowance, ...]  # where tenants' specs may send messages
    notify_networks: tuple[str, ...]  # private networks that messages may be sent into
    prices: Prices
    server: str
    key: str
    tenant: str
    origins: Mapping[str, str]

    @property
    def certificate(self) -> Certificate | None:
        """The files of the house's own certificate and of its key; None when it speaks plainly."""
        if not self.tls.certificate:
            return None
        return Certificate(self.home / self.tls.certificate, self.home / self.tls.key)

    @property
    def listening(self) -> dict[str, Address]:
        """Where `up` listens, by the setting that names the port."""
        grpc = {"serving.grpc_port": self.serving.grpc} if self.serving.grpc else {}
        return {"api.port": self.api, "serving.port": self.serving, **grpc}

    def environment(self) -> dict[str, str]:
        """Return the variables that make a child process resolve to the same settings."""
        values = {option.name: option.written(self) for option in OPTIONS}
        names = {option.name: option.env for option in OPTIONS}
        return {names[n]: v for n, v in values.items() if n not in _CLIENT_ONLY}

    def shown(self) -> list[dict[str, str]]:
        """Return name, value and origin of every setting; a key is never shown."""
        rows = []
        for option in OPTIONS:
            value = option.written(self)
            hidden = "…" if option.name == "key" and value else _without_password(value)
            rows.append({"name": option.name, "value": hidden, "origin": self.origins[option.name]})
        return rows


@dataclass(frozen=True, slots=True)
class Option:
    """One setting: its name in the file, its variable, how text becomes a value."""

    name: str
    default: Any
    read: Callable[[Any], Any]

    @property
    def env(self) -> str:
        return variable(self.name)

    def written(self, settings: Settings) -> str:
        value: Any = settings
        for part in self.name.split("."):
            value = getattr(value, part)
        if isinstance(value, bool):
            return "true" if value else "false"
        return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def variable(name: str) -> str:
    """Return the environment's variable of a setting."""
    return "TENURE_" + name.replace(".", "_").upper()


def flag(name: str) -> str:
    """Return the command line's option of a setting."""
    return "--" + name.replace(".", "-").replace("_", "-")


OPTIONS = (
    Option("home", DEFAULT_HOME, lambda value: Path(forms.text(str(value)))),
    Option("database_url", "", forms.text),
    Option("api.host", "127.0.0.1", forms.text),
    Option("api.port", 8700, forms.port),
    Option("api.access_log", "off", forms.text),
    Option("api.access_share", 1.0, forms.share),
    Option("serving.host", "127.0.0.1", forms.text),
    Option("serving.port", 8701, forms.port),
    Option("serving.grpc_port", 0, forms.port_or_none),
    Option("serving.workers", 1, forms.count),
    Option("serving.memory", "2GiB", forms.size),
    Option("serving.rate", 0, forms.count_or_none),
    Option("serving.concurrent", 256, forms.count_or_none),
    Option("serving.payload", "16MiB", forms.size),
    Option("serving.access_log", "off", forms.text),
    Option("serving.access_share", 1.0, forms.share),
    Option("ledger.key", "file:ledger.key", forms.text),
    Option("ledger.checkpoints", "checkpoints", forms.text),
    Option("ledger.every", "1h", forms.span),
    Option("sign_in.issuer", "", forms.issuer),
    Option("sign_in.client_id", "", forms.text),
    Option("sign_in.client_secret", "", forms.text),
    Option("sign_in.scopes", ("openid", "profile", "email"), forms.names),
    Option("sign_in.groups", "groups", forms.text),
    Option("sign_in.roles", (), forms.group_rules),
    Option("sign_in.session", "8h", forms.length),
    Option("sign_in.trust", (), forms.trusts),
    Option("sign_in.workload", "15m", forms.length),
    Option("sign_in.keep", "90d", forms.length),
    Option("tls.certificate", "", forms.text),
    Option("tls.key", "", forms.text),
    Option("proxies", (), forms.networks),
    Option("workers", 2, forms.count),
    Option("allowed_hosts", (), forms.names),
    Option("public", False, forms.flag),
    Option("lookups", (), forms.allowances),
    Option("warehouses", (), forms.allowances),
    Option("notify", (), forms.allowances),
    Option("notify_networks", (), forms.networks),
    Option("prices.currency", "EUR", forms.text),
    Option("prices.train_minute", 0.0, forms.price),
    Option("prices.predictions", 0.0, forms.price),
    Option("prices.stored", 0.0, forms.price),
    Option("server", "", forms.text),
    Option("key", "", forms.text),
    Option("tenant", "", forms.text),
)
_CLIENT_ONLY = frozenset({"server", "key", "tenant"})


def load(
    flags: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None
) -> Settings:
    """Resolve every setting. `flags` are by name (`"api.port"`); None means not given.

    Raises `settings.unknown_key`, `settings.bad_value`, `settings.bad_file`,
    `settings.public_address`.
    """
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    env = os.environ if environ is None else environ
    home = Path(given.get("home") or env.get("TENURE_HOME") or DEFAULT_HOME)
    file = home / "config.toml"
    written = _read_file(file)
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for option in OPTIONS:
        raw, origin = _first(option, given, env, (written, str(file)))
        values[option.name], origins[option.name] = _checked(option, raw, origin), origin
    if not values["database_url"]:
        values["database_url"] = f"sqlite:///{home.absolute() / 'tenure.db'}"
    return _refuse_everywhere(_refuse_half(_built(values, origins)))


def _first(
    option: Option,
    flags: Mapping[str, Any],
    env: Mapping[str, str],
    file: tuple[Mapping[str, Any], str],
) -> tuple[Any, str]:
    if option.name in flags:
        return flags[option.name], f"flag {flag(option.name)}"
    if env.get(option.env):
        return env[option.env], f"environment {option.env}"
    written, name = file
    if option.name in written:
        return written[option.name], name
    return option.default, "default"


def _checked(option: Option, raw: Any, origin: str) -> Any:
    try:
        return option.read(raw)
    except ValueError as error:
        raise invalid(
            "settings.bad_value", f"{option.name} = {raw!r}: {error}", where=origin
        ) from error


def _built(values: Mapping[str, Any], origins: Mapping[str, str]) -> Settings:
    plain = {name: value for name, value in values.items() if "." not in name}
    tls = Tls(**_table("tls", values))
    secure = bool(tls.certificate)
    return Settings(
        api=Watched(**_table("api", values), secure=secure),
        serving=ServingAddress(**_table("serving", values), secure=secure),
        tls=tls,
        ledger=LedgerPlaces(**_table("ledger", values)),
        sign_in=SignInRules(**_table("sign_in", values)),
        prices=Prices(**_table("prices", values)),
        origins=origins,
        **plain,
    )


def _table(name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is set under `name.…`."""
    start = f"{name}."
    return {
        key.removeprefix(start): value for key, value in values.items() if key.startswith(start)
    }


def _read_file(path: Path) -> dict[str, Any]:
    """Return the file's values by dotted name; an absent file sets nothing."""
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise invalid("settings.bad_file", str(error), where=str(path)) from error
    flat: dict[str, Any] = {}
    for name, value in tree.items():
        if isinstance(value, dict):
            flat.update({f"{name}.{key}": item for key, item in value.items()})
        else:
            flat[name] = value
    known = {option.name for option in OPTIONS if option.name not in {"home", "key"}}
    for name in flat:
        if name not in known:
            raise _unknown(name, known, path)
    return flat


def _unknown(name: str, known: set[str], path: Path) -> TenureError:
    near = get_close_matches(name, known, n=1)
    ask = f'did you mean "{near[0]}"?   ' if near else ""
    return invalid(
        "settings.unknown_key",
        f'there is no setting "{name}"',
        where=str(path),
        hint=f"{ask}known: {', '.join(sorted(known))}",
    )


def _refuse_half(settings: Settings) -> Settings:
    """Refuse a certificate without its key, and files that cannot be read."""
    tls = settings.tls
    for name, mine, other in (
        ("key", tls.key, tls.certificate),
        ("certificate", tls.certificate, tls.key),
    ):
        where = settings.origins[f"tls.{name}"]
        if other and not mine:
            raise invalid("settings.bad_value", f"tls.{name} is missing", where=where)
        if mine and not (settings.home / mine).is_file():
            words = f"tls.{name} = {mine!r}: there is no such file"
            raise invalid("settings.bad_value", words, where=where)
    return settings


def _refuse_everywhere(settings: Settings) -> Settings:
    """Refuse to listen on every network address unless that is said explicitly."""
    for name, address in (("api.host", settings.api), ("serving.host", settings.serving)):
        if address.host in EVERYWHERE and not settings.public:
            raise invalid(
                "settings.public_address",
                f"{name} = {address.host!r} would answer the whole network",
                where=settings.origins[name],
                hint="set public = true as well (TENURE_PUBLIC=true) when that is meant",
            )
    return settings


def _without_password(value: str) -> str:
    head, at, tail = value.rpartition("@")
    if not at or "://" not in head:
        return value
    scheme, _, login = head.partition("://")
    user, colon, _ = login.partition(":")
    return f"{scheme}://{user}{':…' if colon else ''}@{tail}"
