"""Where rows and labels come from: a file, the API, or a query named by reference."""

from dataclasses import dataclass

from tenure.core.lookups import STORED
from tenure.core.spec.kinds import Choice, Schema, Text, unsupported, wrong_type
from tenure.core.spec.nodes import Node, label
from tenure.core.spec.problems import Problems
from tenure.core.spec.queries import query_of
from tenure.core.spec.records import Key, Record
from tenure.core.spec.values import SqlSource

_REFERENCE = Text(
    # the house's own database is nobody's source
    pattern=rf"env:(?!TENURE_)[A-Za-z_][A-Za-z0-9_]*|{STORED}",
    rule="must name a setting that holds the address: secrets are not stored",
    secret=True,
)
_URL = Key("url", _REFERENCE, "the database, named by reference", "env:WAREHOUSE", required=True)
_FILE = Key("query_file", Text(), "the file that holds the query", "truth.sql", required=True)
_QUERY = Key("query", Text(), "the query", "select flight_id, late from truth", required=True)
_IN_FILE = Record((_URL, _FILE))
_AS_VALUE = Record((_URL, _QUERY))
_API = Choice(("api",))


@dataclass(frozen=True, slots=True)
class DataSource:
    """A path to a table of rows; databases and object stores are refused for now."""

    expected: str = "the path of a CSV or Parquet file"

    def read(self, node: Node, problems: Problems) -> str | None:
        """Return the path as it was written."""
        hint = "export the rows to a CSV or Parquet file and name its path"
        if node.table is not None:
            unsupported(node, problems, f"{label(node.path)} as a query", hint)
            return None
        path = Text(expected=self.expected).read(node, problems)
        if path is not None and "://" in path:
            unsupported(node, problems, f"{label(node.path)} at an address", hint)
            return None
        return path

    def write(self, value: object) -> object:
        """Return the path."""
        return value

    def schema(self) -> Schema:
        """Return a string schema."""
        return {"type": "string", "minLength": 1, "not": {"pattern": "://"}}


@dataclass(frozen=True, slots=True)
class LabelSource:
    """The API, or a query. A file names the query's file; a value carries the query itself."""

    expected: str = '"api", or a table with url and query_file'

    def read(self, node: Node, problems: Problems) -> str | SqlSource | None:
        """Return "api" or the query with its text."""
        if node.table is not None:
            return self._query(node, problems)
        if not isinstance(node.value, str):
            wrong_type(node, self.expected, problems, 'source = "api"')
            return None
        return _API.read(node, problems)

    def _query(self, node: Node, problems: Problems) -> SqlSource | None:
        record = _AS_VALUE if problems.queries is None else _IN_FILE
        values = record.read(node, problems)
        if not isinstance(values, dict):
            return None
        if problems.queries is None:
            return SqlSource(values["url"], values["query"])
        text = query_of(values["query_file"], node, problems)
        return None if text is None else SqlSource(values["url"], text)

    def write(self, value: object) -> object:
        """Return "api", or the table that carries the query."""
        return _AS_VALUE.write(value) if isinstance(value, SqlSource) else value

    def schema(self) -> Schema:
        """Return the schema of what a file may say."""
        return {"anyOf": [_API.schema(), _IN_FILE.schema()]}
