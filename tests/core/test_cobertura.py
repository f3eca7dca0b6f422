"""Coverage is counted line by line, each line once."""

import pytest

from tenure.core.cobertura import Coverage, read
from tenure.core.errors import TenureError

XML = b"""<?xml version="1.0" ?>
<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">
<coverage version="7.6" line-rate="0.99" branch-rate="0.5" branches-covered="1" branches-valid="2">
<packages><package name="."><classes>
<class name="train.py" filename="train.py"><methods><method name="fit"><lines>
<line number="1" hits="0"/></lines></method></methods>
<lines><line number="1" hits="3"/><line number="2" hits="0"/></lines></class>
<class name="rows.py" filename="rows.py"><lines><line number="1" hits="1"/></lines></class>
</classes></package></packages></coverage>"""


def test_lines_are_counted_and_not_believed() -> None:
    found = read(XML)
    assert found == Coverage(files=2, lines=3, covered=2, branch_rate=0.5)
    assert found.facts()["line_rate"] == 0.666667


def test_a_file_without_branches_says_nothing_of_them() -> None:
    assert read(XML.replace(b'branches-valid="2"', b'branches-valid="0"')).branch_rate is None
    assert read(XML.replace(b'branch-rate="0.5"', b'branch-rate="7"')).branch_rate is None


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<testsuite/>", "is no coverage file"),
        (b"<coverage/>", "no line of code"),
        (XML.replace(b'hits="3"', b'hits="-3"'), "'-3' where a number stands"),
        (XML.replace(b'hits="3"', b""), "where a number stands"),
    ],
)
def test_what_is_no_coverage_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(TenureError, match=words) as caught:
        read(data)
    assert caught.value.code == "test.malformed"
