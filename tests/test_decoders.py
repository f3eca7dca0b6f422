"""Decoders are made by one thread at a time: what many threads want first crashes nobody."""

import subprocess
import sys
import textwrap

STORM = textwrap.dedent(
    """
    import sys, threading
    from dataclasses import make_dataclass
    import msgspec
    from tenure import decoders

    sys.setswitchinterval(1e-6)
    names = [f"part{i}" for i in range(12)]
    text = msgspec.json.encode({name: {"a": 1, "b": "x"} for name in names})
    packed = msgspec.msgpack.encode({name: {"a": 1, "b": "x"} for name in names})
    found = []


    def read(kind, start):
        start.wait()
        found.append(decoders.of_json(kind).decode(text))
        found.append(decoders.of_msgpack(kind).decode(packed))


    for _ in range(40):
        parts = [make_dataclass(name, [("a", "int | None"), ("b", "str")]) for name in names]
        whole = make_dataclass("Whole", list(zip(names, parts)))
        start = threading.Barrier(8)
        threads = [threading.Thread(target=read, args=(whole, start)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    print(len(found))
    """
)


def test_a_class_that_many_threads_decode_first_at_once_is_decoded_by_all() -> None:
    """With decoders made side by side this process dies of a segmentation fault in its first rounds."""
    ended = subprocess.run(
        [sys.executable, "-c", STORM], capture_output=True, text=True, check=False, timeout=300
    )
    assert (ended.returncode, ended.stdout) == (0, "640\n"), ended.stderr
