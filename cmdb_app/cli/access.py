"""Users and tokens."""

import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from cmdb_app.cli.output import Json

if TYPE_CHECKING:
    from cmdb.model.actor import Role

tokens = typer.Typer(no_args_is_help=True, help="Tokens of agents and programs.")
users = typer.Typer(no_args_is_help=True, help="Local users.")

Roles = Annotated[
    list[str],
    typer.Option("--role", help="viewer, engineer, agent, change_manager, cab_member, auditor or administrator; may be repeated."),
]


@tokens.command("create")
def create_token(
    name: Annotated[str, typer.Argument(help="What it is called in lists and in the ledger.")],
    role: Roles,
    source: Annotated[str | None, typer.Option(help="The one source an agent may write as.")] = None,
    user: Annotated[str | None, typer.Option(help="The person it acts for.")] = None,
    days: Annotated[float | None, typer.Option(help="Days until it expires; 0: until revoked.", min=0)] = 90,
    as_json: Json = False,
) -> None:
    """Make a token. Its secret is shown once."""
    from cmdb_app.cli.output import print_json, say
    from cmdb_app.cli.session import local_actor, open_for_command
    from cmdb_app.rest.tokens import token_body

    lifetime = timedelta(days=days) if days else None
    with open_for_command() as core:
        token, secret = core.access.create_token(name, _roles(role), local_actor(), source=source, user=user, lifetime=lifetime)
    if as_json:
        print_json({**token_body(token), "secret": secret})
    else:
        say(f"token {token.id} for {name}; keep the secret, it is not shown again:")
        print(secret)


@tokens.command("list")
def list_tokens(as_json: Json = False) -> None:
    """All tokens, also those that are over."""
    from cmdb_app.cli.output import print_json, print_table
    from cmdb_app.cli.session import open_for_command
    from cmdb_app.rest.tokens import token_body

    with open_for_command() as core:
        found = [token_body(one) for one in core.access.tokens()]
    if as_json:
        print_json(found)
        return
    columns = ["id", "name", "roles", "source", "user", "expires", "revoked", "last_used"]
    print_table(columns, [[", ".join(one[c]) if c == "roles" else one[c] for c in columns] for one in found])


@tokens.command("revoke")
def revoke_token(token_id: Annotated[str, typer.Argument(help="Id of the token (cmdb token list).")]) -> None:
    """End a token at once."""
    from cmdb_app.cli.session import local_actor, open_for_command

    with open_for_command() as core:
        core.access.revoke_token(token_id, local_actor())
    print("revoked")


@users.command("add")
def add_user(
    name: Annotated[str, typer.Argument(help="Name to sign in with.")],
    role: Roles,
    password: Annotated[bool, typer.Option("--password", help="Ask for a password (or read a line from standard input).")] = False,
) -> None:
    """Add a local user. Without a password they sign in by `cmdb user link`."""
    from cmdb_app.cli.session import open_for_command

    secret = _read_password() if password else None
    with open_for_command() as core:
        core.access.create_user(name, _roles(role), secret)
    print(f"added {name}")


@users.command("list")
def list_users(as_json: Json = False) -> None:
    """All local users."""
    from cmdb_app.cli.output import print_json, print_table
    from cmdb_app.cli.session import open_for_command

    with open_for_command() as core:
        found = [
            {"name": u.name, "roles": sorted(u.roles), "password": bool(u.password), "disabled": u.disabled, "created": u.created}
            for u in core.access.users()
        ]
    if as_json:
        print_json(found)
        return
    print_table(["name", "roles", "password", "disabled", "created"], [[_cell(value) for value in user.values()] for user in found])


@users.command("link")
def link(name: Annotated[str, typer.Argument(help="The user.")] = "admin") -> None:
    """Print a link that signs a user in once."""
    from cmdb_app.cli.output import say
    from cmdb_app.cli.session import open_for_command
    from cmdb_app.supervise.home import Home

    with open_for_command() as core:
        code = core.access.new_link(name)
        settings = core.settings
    serving = Home(settings.data_dir).serving()
    where = settings.public_url.rstrip("/") or (serving.url if serving else f"http://{settings.host}:{settings.port}")
    print(f"{where}/sign-in?code={code}")
    if serving is None and not settings.public_url:
        say("nothing runs at that address now; the link is good once `cmdb serve` does")


@users.command("password")
def set_password(name: Annotated[str, typer.Argument(help="The user.")]) -> None:
    """Set a user's password; ends their sessions."""
    from cmdb_app.cli.session import open_for_command

    secret = _read_password()
    with open_for_command() as core:
        core.access.change_user(name, password=secret)
    print("changed")


@users.command("roles")
def set_roles(name: Annotated[str, typer.Argument(help="The user.")], role: Roles) -> None:
    """Give a user these roles and no others."""
    from cmdb_app.cli.session import open_for_command

    with open_for_command() as core:
        core.access.change_user(name, roles=_roles(role))
    print("changed")


@users.command("disable")
def disable(
    name: Annotated[str, typer.Argument(help="The user.")],
    undo: Annotated[bool, typer.Option("--undo", help="Let the user in again.")] = False,
) -> None:
    """Keep a user out at once: sessions and personal tokens stop."""
    from cmdb_app.cli.session import open_for_command

    with open_for_command() as core:
        core.access.change_user(name, disabled=not undo)
    print("let in again" if undo else "disabled")


def _cell(value: object) -> object:
    return ", ".join(value) if isinstance(value, list) else value


def _roles(names: list[str]) -> "list[Role]":
    from cmdb.kernel.errors import InvalidInput
    from cmdb.model.actor import Role

    unknown = [name for name in names if name not in list(Role)]
    if unknown:
        raise InvalidInput(f"{unknown[0]!r} is no role; use {', '.join(Role)}")
    return [Role(name) for name in names]


def _read_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    secret: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return secret
