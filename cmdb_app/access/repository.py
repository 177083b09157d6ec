"""Users, tokens, sessions and links in the graph. Empty text stands for "none": a property that is null would not exist."""

from pathlib import Path
from typing import Any

from cmdb.model.actor import Role
from cmdb.store.protocol import Store, Transaction
from cmdb.store.statements import Statement, load
from cmdb_app.access.model import Session, Token, User

_QUERIES = Path(__file__).parent / "queries"


def _statement(name: str) -> Statement:
    return load(_QUERIES, name)


class AccessRepository:
    """The statements of this room as methods."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add_user(self, user: User) -> bool:
        """Stores a new user; False when the name exists."""

        def work(tx: Transaction) -> bool:
            if tx.run(_statement("find_user"), name=user.name):
                return False
            tx.run(_statement("create_user"), name=user.name, roles=sorted(user.roles), password=user.password, created=user.created)
            return True

        return self._store.write(work)

    def user(self, name: str) -> User | None:
        rows = self._store.read(_statement("find_user"), name=name)
        return _user(rows[0]) if rows else None

    def users(self) -> list[User]:
        return [_user(row) for row in self._store.read(_statement("list_users"))]

    def save_user(self, user: User) -> None:
        self._write("update_user", name=user.name, roles=sorted(user.roles), password=user.password, disabled=user.disabled)

    def add_token(self, token: Token, digest: str) -> None:
        self._write(
            "create_token",
            id=token.id,
            digest=digest,
            name=token.name,
            roles=sorted(token.roles),
            source=token.source or "",
            user=token.user or "",
            created=token.created,
            created_by=token.created_by,
            expires=token.expires or "",
        )

    def token(self, digest: str) -> Token | None:
        rows = self._store.read(_statement("find_token"), digest=digest)
        return _token(rows[0]) if rows else None

    def tokens(self) -> list[Token]:
        return [_token(row) for row in self._store.read(_statement("list_tokens"))]

    def revoke_token(self, token_id: str, moment: str, by: str) -> bool:
        """Marks a token as revoked, the first time only; False when there is none."""
        return bool(self._write("revoke_token", id=token_id, revoked=moment, revoked_by=by))

    def touch_token(self, token_id: str, moment: str) -> None:
        self._write("touch_token", id=token_id, last_used=moment)

    def add_session(self, session: Session, digest: str) -> None:
        self._write("create_session", digest=digest, user=session.user, created=session.created, expires=session.expires)

    def session(self, digest: str) -> Session | None:
        rows = self._store.read(_statement("find_session"), digest=digest)
        return Session(**rows[0]) if rows else None

    def end_session(self, digest: str) -> None:
        self._write("delete_session", digest=digest)

    def end_sessions_of(self, user: str) -> None:
        self._write("delete_sessions_of", user=user)

    def add_link(self, user: str, digest: str, expires: str) -> None:
        self._write("create_link", digest=digest, user=user, expires=expires)

    def use_link(self, digest: str) -> tuple[str, str] | None:
        """(user, expires) of a link that had not been used, which it now is."""
        rows = self._write("use_link", digest=digest)
        return (rows[0]["user"], rows[0]["expires"]) if rows else None

    def sweep(self, now: str) -> None:
        """Removes sessions and links whose time is over."""
        self._write("delete_expired_sessions", now=now)
        self._write("delete_expired_links", now=now)

    def _write(self, name: str, /, **params: Any) -> list[dict[str, Any]]:
        return self._store.write(lambda tx: tx.run(_statement(name), **params))


def _user(row: dict[str, Any]) -> User:
    return User(row["name"], _roles(row["roles"]), row["password"], bool(row["disabled"]), row["created"])


def _roles(names: list[str]) -> frozenset[Role]:
    return frozenset(Role(name) for name in names)


def _token(row: dict[str, Any]) -> Token:
    texts = {name: row[name] or None for name in ("source", "user", "expires", "revoked", "revoked_by", "last_used")}
    return Token(id=row["id"], name=row["name"], roles=_roles(row["roles"]), created=row["created"], created_by=row["created_by"], **texts)
