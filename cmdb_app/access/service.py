"""Local users, sessions and tokens (requirement 9.1-10: who may alter the CMDB is controlled).

Rules: secrets are shown once and kept as digests; an agent's token is bound to one source; a token that acts for a person never has more
roles than the person has now; a link works once; a disabled user's tokens and sessions stop at once.
"""

import threading
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from cmdb.kernel.clock import Clock, to_text
from cmdb.kernel.errors import NotFound
from cmdb.kernel.ids import new_id
from cmdb.model.actor import Actor, Role
from cmdb_app.access.attempts import Attempts
from cmdb_app.access.errors import (
    BadCredentialRequest,
    NameTaken,
    SessionExpired,
    SignInFailed,
    SignInLinkInvalid,
    TokenExpired,
    TokenRevoked,
    TokenUnknown,
)
from cmdb_app.access.model import TOKEN_PREFIX, Session, Token, User, check_name, check_roles, new_secret, secret_digest
from cmdb_app.access.passwords import Passwords
from cmdb_app.access.repository import AccessRepository

_TOUCH_EVERY = timedelta(minutes=1)  # last use is told to the minute, so that reading does not cost a write each time


class AccessService:
    """Makes, checks and ends credentials. All calls block; the API runs them in threads."""

    def __init__(
        self,
        repository: AccessRepository,
        clock: Clock,
        passwords: Passwords | None = None,
        session_hours: int = 12,
        link_minutes: int = 60,
    ) -> None:
        self._repository = repository
        self._clock = clock
        self._passwords = passwords or Passwords()
        self._attempts = Attempts(clock)
        self._session_life = timedelta(hours=session_hours)
        self._link_life = timedelta(minutes=link_minutes)
        self._touched: dict[str, datetime] = {}
        self._lock = threading.Lock()

    # users

    def create_user(self, name: str, roles: Iterable[Role], password: str | None = None) -> User:
        """A new local user. Raises `NameTaken`, `BadCredentialRequest`."""
        check_name(name, "user name")
        wanted = frozenset(roles)
        check_roles(wanted, None)
        kept = self._passwords.hash(password) if password is not None else ""
        user = User(name, wanted, kept, disabled=False, created=self._now())
        if not self._repository.add_user(user):
            raise NameTaken(f"there is a user {name!r} already")
        return user

    def ensure_user(self, name: str, roles: Iterable[Role]) -> User:
        """The user of that name, created with these roles if there is none yet."""
        found = self._repository.user(name)
        if found:
            return found
        try:
            return self.create_user(name, roles)
        except NameTaken:  # another process was quicker
            return self.user(name)

    def user(self, name: str) -> User:
        found = self._repository.user(name)
        if found is None:
            raise NotFound(f"there is no user {name!r}")
        return found

    def users(self) -> list[User]:
        return self._repository.users()

    def change_user(
        self, name: str, *, roles: Iterable[Role] | None = None, password: str | None = None, disabled: bool | None = None
    ) -> User:
        """Changes what is given. A new password or disabling ends the user's sessions."""
        user = self.user(name)
        if roles is not None:
            check_roles(frozenset(roles), None)
            user = replace(user, roles=frozenset(roles))
        if password is not None:
            user = replace(user, password=self._passwords.hash(password))
        if disabled is not None:
            user = replace(user, disabled=disabled)
        self._repository.save_user(user)
        if password is not None or disabled:
            self._repository.end_sessions_of(name)
        return user

    # tokens

    def create_token(
        self,
        name: str,
        roles: Iterable[Role],
        by: Actor,
        *,
        source: str | None = None,
        user: str | None = None,
        lifetime: timedelta | None = None,
    ) -> tuple[Token, str]:
        """A new token and its secret, which is never shown again. `lifetime` None: until revoked.

        With `user` it acts for that person. Raises `BadCredentialRequest`, `NameTaken` (a live token has the name), `NotFound` (user).
        """
        check_name(name, "token name")
        wanted = frozenset(roles)
        check_roles(wanted, source)
        if user is not None and not wanted <= self.user(user).roles:
            raise BadCredentialRequest(f"a token that acts for {user} cannot have roles that {user} does not have", rule="user")
        if lifetime is not None and lifetime <= timedelta(0):
            raise BadCredentialRequest("the life time of a token is longer than nothing", rule="lifetime")
        now = self._clock()
        if any(token.name == name and _is_live(token, to_text(now)) for token in self._repository.tokens()):
            raise NameTaken(f"a live token is called {name!r}; revoke it first or take another name")
        secret = new_secret(TOKEN_PREFIX)
        expires = to_text(now + lifetime) if lifetime else None
        token = Token(new_id(), name, wanted, source, user, to_text(now), by.name, expires, None, None, None)
        self._repository.add_token(token, secret_digest(secret))
        return token, secret

    def tokens(self) -> list[Token]:
        """All tokens, oldest first, revoked and expired ones as well: who had access when is evidence."""
        return self._repository.tokens()

    def revoke_token(self, token_id: str, by: Actor) -> None:
        """Ends a token at once. Doing it again changes nothing. Raises `NotFound`."""
        if not self._repository.revoke_token(token_id, self._now(), by.name):
            raise NotFound(f"there is no token {token_id!r}")

    def authenticate_token(self, secret: str) -> Actor:
        """Who a bearer token speaks for. Raises `TokenUnknown`, `TokenRevoked`, `TokenExpired`."""
        token = self._repository.token(secret_digest(secret)) if secret.startswith(TOKEN_PREFIX) else None
        if token is None:
            raise TokenUnknown("this bearer token is not known here; it may have been cut off when it was copied")
        if token.revoked:
            raise TokenRevoked(f"token {token.name!r} was revoked at {token.revoked}")
        now = self._clock()
        if token.expires and token.expires <= to_text(now):
            raise TokenExpired(f"token {token.name!r} expired at {token.expires}; ask an administrator for a new one")
        roles, name = token.roles, f"token:{token.name}"
        if token.user:
            user = self._repository.user(token.user)
            if user is None or user.disabled:
                raise TokenRevoked(f"the user {token.user!r} for whom this token acts is disabled")
            roles, name = roles & user.roles, user.name
        self._touch(token.id, now)
        return Actor(name, roles, token.source, token.id)

    # browsers

    def new_link(self, user: str) -> str:
        """The code of a one-time sign-in link for a user. Raises `NotFound`."""
        found = self.user(user)
        code = new_secret()
        self._repository.add_link(found.name, secret_digest(code), to_text(self._clock() + self._link_life))
        return code

    def redeem_link(self, code: str) -> str:
        """The secret of a new session for a link's code. Raises `SignInLinkInvalid` the second time, or when it is too old."""
        used = self._repository.use_link(secret_digest(code))
        if used is None or used[1] <= self._now():
            raise SignInLinkInvalid("the link was used before or is too old; get a new one with `cmdb user link NAME`")
        user = self._repository.user(used[0])
        if user is None or user.disabled:
            raise SignInLinkInvalid("the user of this link is disabled")
        return self._open_session(user.name)

    def sign_in(self, name: str, password: str) -> str:
        """The secret of a new session. Raises `SignInFailed`, `TooManyAttempts`."""
        self._attempts.check(name)
        user = self._repository.user(name)
        fits = self._passwords.fits(user.password if user else "", password)
        if user is None or user.disabled or not fits:
            self._attempts.failed(name)
            raise SignInFailed("name or password is wrong")
        self._attempts.succeeded(name)
        return self._open_session(user.name)

    def authenticate_session(self, secret: str) -> Actor:
        """Who a session cookie speaks for. Raises `SessionExpired`."""
        session = self._repository.session(secret_digest(secret))
        if session is None or session.expires <= self._now():
            raise SessionExpired("sign in again")
        user = self._repository.user(session.user)
        if user is None or user.disabled:
            raise SessionExpired("this user is disabled")
        return user.actor()

    def sign_out(self, secret: str) -> None:
        """Ends one session; nothing happens when it is over already."""
        self._repository.end_session(secret_digest(secret))

    def sweep(self) -> None:
        """Removes what is over: sessions and links."""
        self._repository.sweep(self._now())

    def _open_session(self, user: str) -> str:
        secret = new_secret()
        now = self._clock()
        self._repository.add_session(Session(user, to_text(now), to_text(now + self._session_life)), secret_digest(secret))
        return secret

    def _touch(self, token_id: str, now: datetime) -> None:
        with self._lock:
            last = self._touched.get(token_id)
            if last is not None and now - last < _TOUCH_EVERY:
                return
            self._touched[token_id] = now
        self._repository.touch_token(token_id, to_text(now))

    def _now(self) -> str:
        return to_text(self._clock())


def _is_live(token: Token, now: str) -> bool:
    return not token.revoked and (token.expires is None or token.expires > now)
