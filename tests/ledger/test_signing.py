"""The signing key: made once, readable by its owner only, of one kind."""

import base64
import stat
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cmdb.ledger.signing import SigningKeyUnusable, fingerprint, load_key, read_public, signature_holds

PEM, PKCS8, CLEAR = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()


def test_a_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "checkpoint.key"
    first, again = load_key(path, create=True), load_key(path)
    assert first.public == again.public
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["checkpoint.key"]
    assert len(fingerprint(first.public)) == 16


def test_who_comes_together_ends_with_one_key(tmp_path: Path) -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(load_key(tmp_path / "k", create=True).public)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert set(found) == {load_key(tmp_path / "k").public}


def test_what_is_signed_is_what_was_meant(tmp_path: Path) -> None:
    key, other = load_key(tmp_path / "a", create=True), load_key(tmp_path / "b", create=True)
    signature = key.sign(b"this")
    assert signature_holds(key.public, signature, b"this")
    assert not signature_holds(key.public, signature, b"that")
    assert not signature_holds(other.public, signature, b"this")
    assert not signature_holds(key.public, "no base64!", b"this")
    with pytest.raises(SigningKeyUnusable):
        signature_holds("no key", signature, b"this")


def test_a_public_key_comes_as_a_line_or_as_pem(tmp_path: Path) -> None:
    made = Ed25519PrivateKey.generate()
    line = base64.b64encode(made.public_key().public_bytes_raw()).decode()
    pem = made.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    assert read_public(f" {line}\n") == read_public(pem) == line
    for bad in ("", "x" * 44, pem.replace("MC", "XX"), "-----BEGIN NOTHING-----"):
        with pytest.raises(SigningKeyUnusable):
            read_public(bad)
    elliptic = generate_private_key(SECP256R1()).public_key()
    with pytest.raises(SigningKeyUnusable, match="another kind"):
        read_public(elliptic.public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode())


def test_keys_that_cannot_be_trusted_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SigningKeyUnusable, match="cannot be read"):
        load_key(tmp_path / "none")
    load_key(tmp_path / "open", create=True)
    (tmp_path / "open").chmod(0o640)
    with pytest.raises(SigningKeyUnusable, match="others may read"):
        load_key(tmp_path / "open")
    for name, content in (("text", b"hello"), ("kind", generate_private_key(SECP256R1()).private_bytes(PEM, PKCS8, CLEAR))):
        (tmp_path / name).write_bytes(content)
        (tmp_path / name).chmod(0o600)
        with pytest.raises(SigningKeyUnusable):
            load_key(tmp_path / name)
