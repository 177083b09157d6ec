"""The key that signs checkpoints and backups: Ed25519 (RFC 8032).

Rules: the private key is a PEM file that only its owner may read, made at first use in the data directory or named by a setting; the public
key travels as one line of base64 (32 bytes), and whoever checks a signature says which public key is trusted.
"""

import base64
import binascii
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from cmdb.kernel.canonical import digest
from cmdb.kernel.errors import CmdbError
from cmdb.kernel.ids import new_id
from cmdb.store.address import write_private

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


class SigningKeyUnusable(CmdbError):
    """The signing key cannot be read, is no Ed25519 key, or others may read it; or a public key that was given is none."""

    code = "signing-key-unusable"
    status = 500
    title = "The signing key cannot be used"


class SigningKey:
    """A private key. Its bytes never leave this object."""

    def __init__(self, key: "Ed25519PrivateKey") -> None:
        self._key = key

    @property
    def public(self) -> str:
        """The public key: 44 characters of base64."""
        return base64.b64encode(self._key.public_key().public_bytes_raw()).decode()

    def sign(self, data: bytes) -> str:
        """The signature of `data` as base64."""
        return base64.b64encode(self._key.sign(data)).decode()


def load_key(path: Path, create: bool = False) -> SigningKey:
    """The key at `path`; with `create` it is made where there is none (two processes at once end with one key).

    Raises `SigningKeyUnusable`.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    if create and not path.exists():
        made = Ed25519PrivateKey.generate()
        text = made.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
        _put_if_absent(path, text)
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise SigningKeyUnusable(f"others may read {path}: run `chmod 600` on it, and make a new key if somebody may have copied it")
        found = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except OSError as problem:
        raise SigningKeyUnusable(f"the signing key {path} cannot be read: {problem.strerror}") from problem
    except (ValueError, TypeError) as problem:
        raise SigningKeyUnusable(f"{path} holds no private key in PEM form without a password: {problem}") from problem
    if not isinstance(found, Ed25519PrivateKey):
        raise SigningKeyUnusable(f"{path} holds a key of another kind; an Ed25519 key is needed (openssl genpkey -algorithm ed25519)")
    return SigningKey(found)


def _put_if_absent(path: Path, text: str) -> None:
    """Publish `text` at `path` in one step, unless another process was quicker."""
    path.parent.mkdir(parents=True, exist_ok=True)
    mine = path.with_name(f"{path.name}.{new_id()}")  # threads of one process included
    write_private(mine, text)
    try:
        os.link(mine, path)
    except FileExistsError:
        return
    finally:
        mine.unlink()


def signature_holds(public: str, signature: str, data: bytes) -> bool:
    """Whether `signature` is the one of `public` over `data`. Raises `SigningKeyUnusable` for a public key that is none."""
    from cryptography.exceptions import InvalidSignature

    key = _public_key(public)
    try:
        key.verify(base64.b64decode(signature, validate=True), data)
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def read_public(text: str) -> str:
    """A public key as one line of base64, from that line or from a PEM document. Raises `SigningKeyUnusable`."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    given = text.strip()
    if not given.startswith("-----BEGIN"):
        _public_key(given)
        return given
    try:
        found = serialization.load_pem_public_key(given.encode())
    except ValueError as problem:
        raise SigningKeyUnusable(f"this PEM document holds no public key: {problem}") from problem
    if not isinstance(found, Ed25519PublicKey):
        raise SigningKeyUnusable("this PEM document holds a public key of another kind; an Ed25519 key is needed")
    return base64.b64encode(found.public_bytes_raw()).decode()


def fingerprint(public: str) -> str:
    """The first 16 hexadecimal characters of the sha256 of a public key: what people compare by eye."""
    return digest(base64.b64decode(public))[:16]


def _public_key(text: str) -> "Ed25519PublicKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError) as problem:
        raise SigningKeyUnusable(
            f"{text[:60]!r} is no Ed25519 public key (44 characters of base64, as `cmdb checkpoint key` prints)"
        ) from problem
