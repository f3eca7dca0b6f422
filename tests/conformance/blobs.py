"""What blobs promise: the bytes that the digest names, or an error; nothing else is a name."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenure.core.digests import of_bytes
from tenure.core.errors import Kind, TenureError
from tenure.ports.blobs import Blobs

BAD_DIGESTS = (
    "",
    "sha256:",
    "sha256:" + "a" * 63,
    "sha256:" + "a" * 65,
    "sha256:" + "A" * 64,
    "sha256:" + "a" * 64 + "\n",
    "md5:" + "a" * 64,
    "a" * 64,
    "sha256:../../../../etc/passwd",
    "sha256:" + "../" * 21 + "a",
    "../" + of_bytes(b""),
    "sha256:" + "a" * 62 + "/a",
    "sha256:" + "٣" * 64,
)


Damage = Callable[[str, bytes], object]


class BlobsSuite:
    """Inherit; give it `blobs`, and `damage`, which puts other bytes under a digest."""

    @settings(
        max_examples=20,
        deadline=None,
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,  # one suite, several subclasses: that is the idea
        ],
    )
    @given(data=st.binary(max_size=2000))
    def test_bytes_come_back_under_their_digest(self, blobs: Blobs, data: bytes) -> None:
        digest = blobs.put(data)
        assert digest == of_bytes(data)
        assert blobs.has(digest)
        assert blobs.get(digest) == data

    def test_putting_twice_is_putting_once(self, blobs: Blobs) -> None:
        assert blobs.put(b"same") == blobs.put(b"same")
        assert blobs.get(of_bytes(b"same")) == b"same"

    def test_what_is_not_stored_is_not_found(self, blobs: Blobs) -> None:
        digest = of_bytes(b"never stored")
        assert not blobs.has(digest)
        with pytest.raises(TenureError) as caught:
            blobs.get(digest)
        assert (caught.value.code, caught.value.kind) == ("blob.not_found", Kind.NOT_FOUND)

    def test_removing_is_final_and_may_be_repeated(self, blobs: Blobs) -> None:
        digest = blobs.put(b"gone")
        blobs.remove(digest)
        blobs.remove(digest)
        assert not blobs.has(digest)
        assert blobs.put(b"gone") == digest
        assert blobs.get(digest) == b"gone"

    @pytest.mark.parametrize("digest", BAD_DIGESTS)
    def test_nothing_but_a_digest_is_a_name(self, blobs: Blobs, digest: str) -> None:
        for call in (blobs.get, blobs.has, blobs.remove):
            with pytest.raises(TenureError) as caught:
                call(digest)
            assert (caught.value.code, caught.value.kind) == ("blob.bad_digest", Kind.INVALID)

    @pytest.mark.parametrize("wrong", [b"", b"other", b"damaged bytes"])
    def test_other_bytes_than_promised_are_never_given_out(
        self, blobs: Blobs, damage: Damage, wrong: bytes
    ) -> None:
        digest = blobs.put(b"promised data")
        damage(digest, wrong)
        with pytest.raises(TenureError, match=r"blob\.corrupt"):
            blobs.get(digest)
        blobs.put(b"promised data")
        assert blobs.get(digest) == b"promised data"

    def test_many_may_put_at_once(self, blobs: Blobs) -> None:
        contents = [bytes([n % 7]) * 10_000 for n in range(40)]
        with ThreadPoolExecutor(4) as pool:
            digests = list(pool.map(blobs.put, contents))
        assert [blobs.get(digest) for digest in digests] == contents
