"""Writing TOML: `tomllib` only reads it. Equal values give equal text."""

import json
import math
import re
from collections.abc import Mapping, Sequence

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_WIDTH = 100


def toml_key(name: str) -> str:
    """Return a key, quoted where it has to be."""
    return name if _BARE_KEY.fullmatch(name) else _text(name)


def toml_value(value: object) -> str:
    """Return a value on one line: text, number, truth value, list or inline table."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _text(value)
        case int():
            return str(value)
        case float():
            return _number(value)
        case Mapping():
            pairs = [f"{toml_key(str(k))} = {toml_value(v)}" for k, v in value.items()]
            return f"{{ {', '.join(pairs)} }}" if pairs else "{}"
        case Sequence():
            return f"[{', '.join(toml_value(item) for item in value)}]"
        case _:
            return _text(str(value))


def toml_pair(name: str, value: object) -> str:
    """Return `name = value`; a long list gets a line per item, so that differences read well."""
    line = f"{toml_key(name)} = {toml_value(value)}"
    if len(line) <= _WIDTH or not isinstance(value, list | tuple):
        return line
    items = "".join(f"    {toml_value(item)},\n" for item in value)
    return f"{toml_key(name)} = [\n{items}]"


def toml_header(*names: str) -> str:
    """Return `[a.b]`."""
    return f"[{'.'.join(toml_key(name) for name in names)}]"


def _text(value: str) -> str:
    # JSON's escapes are TOML's, except that TOML also wants DEL escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _number(value: float) -> str:
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    text = repr(value)
    return text if "." in text or "e" in text else f"{text}.0"
