"""Users, sessions and tokens on both engines."""

from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher

from cmdb.kernel.errors import NotFound
from cmdb.model.actor import Actor, Role
from cmdb.store.bolt import BoltStore
from cmdb_app.access.errors import (
    BadCredentialRequest,
    NameTaken,
    SessionExpired,
    SignInFailed,
    SignInLinkInvalid,
    TokenExpired,
    TokenRevoked,
    TokenUnknown,
    TooManyAttempts,
)
from cmdb_app.access.passwords import Passwords
from cmdb_app.access.repository import AccessRepository
from cmdb_app.access.service import AccessService

ADMIN = Actor("admin", frozenset({Role.ADMINISTRATOR}))
PASSWORD = "correct horse battery"


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **amount: float) -> None:
        self.now += timedelta(**amount)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def access(store: BoltStore, clock: Clock) -> AccessService:
    cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    return AccessService(AccessRepository(store), clock, cheap, session_hours=12, link_minutes=60)


def test_a_token_speaks_for_its_roles_and_source(access: AccessService) -> None:
    token, secret = access.create_token("agent-1", [Role.AGENT], ADMIN, source="kubernetes", lifetime=timedelta(days=1))
    actor = access.authenticate_token(secret)
    assert (actor.name, actor.roles, actor.source, actor.token_id) == ("token:agent-1", {Role.AGENT}, "kubernetes", token.id)
    listed = access.tokens()
    assert [(one.name, one.created_by) for one in listed] == [("agent-1", "admin")]
    assert listed[0].last_used is not None
    assert secret not in repr(listed)


def test_unknown_expired_and_revoked_tokens_are_told_apart(access: AccessService, clock: Clock) -> None:
    with pytest.raises(TokenUnknown):
        access.authenticate_token("cmdb_" + "x" * 43)
    with pytest.raises(TokenUnknown):
        access.authenticate_token("something else")
    _, short = access.create_token("short", [Role.VIEWER], ADMIN, lifetime=timedelta(hours=1))
    token, other = access.create_token("other", [Role.VIEWER], ADMIN)
    clock.move(hours=1)
    with pytest.raises(TokenExpired):
        access.authenticate_token(short)
    assert access.authenticate_token(other)
    access.revoke_token(token.id, ADMIN)
    access.revoke_token(token.id, Actor("somebody else", frozenset()))
    with pytest.raises(TokenRevoked):
        access.authenticate_token(other)
    assert [one.revoked_by for one in access.tokens() if one.id == token.id] == ["admin"]
    with pytest.raises(NotFound):
        access.revoke_token("nothing", ADMIN)


def test_a_name_is_free_again_once_its_token_is_over(access: AccessService, clock: Clock) -> None:
    token, _ = access.create_token("ci", [Role.VIEWER], ADMIN, lifetime=timedelta(hours=1))
    with pytest.raises(NameTaken):
        access.create_token("ci", [Role.VIEWER], ADMIN)
    access.revoke_token(token.id, ADMIN)
    access.create_token("ci", [Role.VIEWER], ADMIN, lifetime=timedelta(hours=1))
    clock.move(hours=2)
    assert access.create_token("ci", [Role.VIEWER], ADMIN)


@pytest.mark.parametrize(
    ("roles", "source", "days"),
    [
        ([], None, 1),
        ([Role.AGENT], None, 1),
        ([Role.AGENT, Role.VIEWER], "s", 1),
        ([Role.VIEWER], "s", 1),
        ([Role.VIEWER], None, -1),
    ],
)
def test_tokens_that_break_a_rule_are_not_made(access: AccessService, roles: list[Role], source: str | None, days: int) -> None:
    with pytest.raises(BadCredentialRequest):
        access.create_token("t", roles, ADMIN, source=source, lifetime=timedelta(days=days))
    assert access.tokens() == []


@pytest.mark.parametrize("name", ["", "A", "a b", "a\nb", "-a", "x" * 64, "ä"])
def test_odd_names_are_refused(access: AccessService, name: str) -> None:
    with pytest.raises(BadCredentialRequest):
        access.create_token(name, [Role.VIEWER], ADMIN)
    with pytest.raises(BadCredentialRequest):
        access.create_user(name, [Role.VIEWER])


def test_a_personal_token_never_has_more_than_its_person(access: AccessService) -> None:
    access.create_user("eve", [Role.ENGINEER, Role.VIEWER])
    with pytest.raises(BadCredentialRequest):
        access.create_token("eves", [Role.ADMINISTRATOR], ADMIN, user="eve")
    with pytest.raises(NotFound):
        access.create_token("nobodys", [Role.VIEWER], ADMIN, user="nobody")
    _, secret = access.create_token("eves", [Role.ENGINEER, Role.VIEWER], ADMIN, user="eve")
    assert access.authenticate_token(secret).name == "eve"
    access.change_user("eve", roles=[Role.VIEWER])
    assert access.authenticate_token(secret).roles == {Role.VIEWER}
    access.change_user("eve", disabled=True)
    with pytest.raises(TokenRevoked):
        access.authenticate_token(secret)


def test_a_link_signs_in_once_and_not_too_late(access: AccessService, clock: Clock) -> None:
    access.create_user("eve", [Role.VIEWER])
    code = access.new_link("eve")
    session = access.redeem_link(code)
    assert access.authenticate_session(session).name == "eve"
    with pytest.raises(SignInLinkInvalid):
        access.redeem_link(code)
    late = access.new_link("eve")
    clock.move(minutes=60)
    with pytest.raises(SignInLinkInvalid):
        access.redeem_link(late)
    with pytest.raises(NotFound):
        access.new_link("nobody")


def test_a_session_ends_by_time_by_signing_out_and_by_disabling(access: AccessService, clock: Clock) -> None:
    access.create_user("eve", [Role.VIEWER], PASSWORD)
    first, second = access.sign_in("eve", PASSWORD), access.sign_in("eve", PASSWORD)
    access.sign_out(first)
    with pytest.raises(SessionExpired):
        access.authenticate_session(first)
    assert access.authenticate_session(second)
    access.change_user("eve", disabled=True)
    with pytest.raises(SessionExpired):
        access.authenticate_session(second)
    access.change_user("eve", disabled=False)
    third = access.sign_in("eve", PASSWORD)
    clock.move(hours=12)
    with pytest.raises(SessionExpired):
        access.authenticate_session(third)
    access.sweep()
    with pytest.raises(SessionExpired):
        access.authenticate_session(third)


def test_passwords_are_checked_and_guessing_is_slowed(access: AccessService, clock: Clock) -> None:
    access.create_user("eve", [Role.VIEWER], PASSWORD)
    access.create_user("links-only", [Role.VIEWER])
    for name in ("eve", "links-only", "nobody"):
        with pytest.raises(SignInFailed):
            access.sign_in(name, "wrong password")
    for _ in range(4):
        with pytest.raises(SignInFailed):
            access.sign_in("eve", "wrong password")
    with pytest.raises(TooManyAttempts) as caught:
        access.sign_in("eve", PASSWORD)
    assert 0 < caught.value.fields["retry_after"] <= 300
    clock.move(minutes=5)
    assert access.sign_in("eve", PASSWORD)


@pytest.mark.parametrize("password", ["", "short", "x" * 1025])
def test_short_and_endless_passwords_are_refused(access: AccessService, password: str) -> None:
    with pytest.raises(BadCredentialRequest):
        access.create_user("eve", [Role.VIEWER], password)
    assert access.users() == []


def test_user_names_are_unique(access: AccessService) -> None:
    access.create_user("eve", [Role.VIEWER])
    with pytest.raises(NameTaken):
        access.create_user("eve", [Role.ADMINISTRATOR])
    assert access.ensure_user("eve", [Role.ADMINISTRATOR]).roles == {Role.VIEWER}
    assert access.ensure_user("new", [Role.AUDITOR]).roles == {Role.AUDITOR}
