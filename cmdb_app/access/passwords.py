"""Passwords of local users: argon2id with the library's recommended costs (RFC 9106)."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from cmdb_app.access.errors import BadCredentialRequest

MIN_LENGTH = 12
MAX_LENGTH = 1024  # argon2 takes any length; a limit keeps one request from costing seconds


class Passwords:
    """Hashes and checks passwords. Both cost tens of milliseconds on purpose: call off the event loop."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobody: str | None = None

    def hash(self, password: str) -> str:
        """The hash to keep. Raises `BadCredentialRequest` for a password outside 12 to 1,024 characters."""
        if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
            raise BadCredentialRequest(f"a password has {MIN_LENGTH} to {MAX_LENGTH} characters", rule="password")
        return self._hasher.hash(password)

    def fits(self, kept: str, password: str) -> bool:
        """Whether the password belongs to the hash. An empty hash takes just as long and says no: names cannot be probed."""
        if len(password) > MAX_LENGTH:
            return False
        try:
            return self._hasher.verify(kept or self._somebody(), password) and bool(kept)
        except (VerificationError, InvalidHashError):
            return False

    def _somebody(self) -> str:
        if self._nobody is None:
            self._nobody = self._hasher.hash("nobody has this password")
        return self._nobody
