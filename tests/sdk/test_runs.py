"""What a training prints is given once, however often its end is read."""

from tenure.sdk.runs import _after


def test_only_what_is_new_is_given() -> None:
    assert _after("", "one\n") == "one\n"
    assert _after("one\n", "one\ntwo\n") == "two\n"
    assert _after("one\ntwo\n", "one\ntwo\n") == ""
    long = "".join(f"line {n}\n" for n in range(2000))
    assert _after(long[:9000], long[4000:12000]) == long[9000:12000], "its beginning is cut off"
    assert _after("one\n", "another story") == "another story"
