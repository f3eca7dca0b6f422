"""What is not as it was when a training was first done is named."""

from dataclasses import replace

from tenure.core.reproduction import Surroundings, changed

HERE = Surroundings("Some CPU", 2, "Linux x86_64", "3.12.1", {"numpy": "2.0"}, "sha256:a")


def test_what_changed_is_named_and_what_did_not_is_not() -> None:
    assert changed(HERE, HERE, same_code=True) == ()
    assert changed(HERE, replace(HERE, cores=64), same_code=True) == (), "trainings use one thread"
    other = replace(HERE, cpu="Another", python="3.13.0", lock="sha256:b")
    assert changed(HERE, other, same_code=False) == ("code", "lock", "python", "cpu")
    assert changed(None, HERE, same_code=True) == (), "a run of before this was kept"
