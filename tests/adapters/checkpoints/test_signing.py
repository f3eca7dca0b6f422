"""The signing key is made once, for this user only, or comes from a variable."""

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tenure.adapters.checkpoints.signing import open_signer
from tenure.adapters.secrets.references import References
from tenure.core.checkpoints import Checkpoint, note_of, read_note
from tenure.core.errors import TenureError


def test_a_key_is_made_once_and_signs_what_its_public_half_verifies(tmp_path: Path) -> None:
    signer = open_signer("file:ledger.key", tmp_path, References(tmp_path))
    again = open_signer("file:ledger.key", tmp_path, References(tmp_path))
    assert again.key == signer.key
    assert stat.S_IMODE((tmp_path / "ledger.key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["ledger.key"]
    head = Checkpoint("o", 3, bytes(32))
    note = note_of(head, signer.key, again.sign(head.body.encode()))
    assert read_note(note, signer.key) == head
    other = tmp_path / "other"
    other.mkdir()
    assert open_signer("file:ledger.key", other, References(other)).key != signer.key


def test_a_key_may_come_from_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = open_signer("file:k", tmp_path, References(tmp_path))
    monkeypatch.setenv("LEDGER_KEY", (tmp_path / "k").read_text())
    assert (
        open_signer("env:LEDGER_KEY", tmp_path / "nowhere", References(tmp_path / "nowhere")).key
        == made.key
    )


def test_what_is_no_key_is_refused_without_showing_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEDGER_KEY", "hunter2")
    curve = generate_private_key(SECP256R1())
    pem = curve.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "curve").write_bytes(pem)
    for reference in ("env:LEDGER_KEY", "env:NOT_SET", "file:curve", "file:a/b", "hunter2"):
        with pytest.raises(TenureError, match=r"ledger\.bad_key") as caught:
            open_signer(reference, tmp_path, References(tmp_path))
        assert "hunter2" not in str(caught.value)
