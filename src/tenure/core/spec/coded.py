"""`[train] code`: the user's own function. A file names it; a value carries its package's digest."""

from dataclasses import dataclass

from tenure.core.packages import ENTRY, Code, top_of
from tenure.core.spec.kinds import Schema, Text, wrong_type
from tenure.core.spec.nodes import Node, label
from tenure.core.spec.problems import Problems
from tenure.core.spec.records import Key, Record

_ENTRY = Text(pattern=ENTRY.pattern, rule='must name a function: "package:function"')
_DIGEST = Text(pattern="sha256:[0-9a-f]{64}", rule="must be the digest of a package")
_AS_VALUE = Record(
    (
        Key("entry", _ENTRY, "package and function", "train:train", required=True),
        Key("package", _DIGEST, "the digest of the package", f"sha256:{'0' * 64}", required=True),
    ),
    make=lambda _, values: Code(**values),
)


@dataclass(frozen=True, slots=True)
class CodeKind:
    """`package:function`; what stands in the package was read before, by whoever reads the file."""

    expected: str = 'a text, "package:function"'

    def read(self, node: Node, problems: Problems) -> Code | None:
        """Return the function with the digest of its package."""
        if problems.packages is None:
            found = _AS_VALUE.read(node, problems)
            return found if isinstance(found, Code) else None
        if node.table is not None:
            wrong_type(node, self.expected, problems)
            return None
        entry = _ENTRY.read(node, problems)
        if entry is None:
            return None
        name = top_of(entry)
        if name not in problems.packages:
            message = f"{label(node.path)}: there is no {name}.py and no folder {name}/"
            hint = "it is looked for beside the spec; tenure init --code writes one"
            problems.add(node.path, "missing_file", message, hint)
            return None
        return Code(entry, problems.packages[name])

    def write(self, value: object) -> object:
        """Return the table that carries the digest."""
        return _AS_VALUE.write(value)

    def schema(self) -> Schema:
        """Return the schema of what a file may say."""
        return _ENTRY.schema()
