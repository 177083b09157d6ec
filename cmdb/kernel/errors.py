"""Errors that a caller can act on.

Every error that may reach a user is a small subclass of `CmdbError` with a stable `code` and an HTTP `status`; each code has a page
`docs/errors/<code>.md` (a test holds that). Rooms define their own subclasses beside the rule they guard.
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class CmdbError(Exception):
    """A refusal with a stable code.

    `detail` says what is wrong and what to do next, for a person; `fields` carries the machine-readable rest
    (RFC 9457 extension members in REST, `extensions` in GraphQL).
    """

    code: ClassVar[str] = "internal-error"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something failed inside the CMDB"

    def __init__(self, detail: str, **fields: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.fields: Mapping[str, Any] = fields

    def problem(self) -> dict[str, Any]:
        """The error as an RFC 9457 problem object."""
        return {
            "type": f"/docs/errors/{self.code}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            **self.fields,
        }


def all_errors(root: type[CmdbError] = CmdbError) -> list[type[CmdbError]]:
    """Every error class loaded so far, the root included, ordered by code."""
    found = {root}
    todo = [root]
    while todo:
        for child in todo.pop().__subclasses__():
            if child not in found:
                found.add(child)
                todo.append(child)
    return sorted(found, key=lambda error: error.code)


class InvalidInput(CmdbError):
    """The request cannot be understood or breaks a rule of its form."""

    code = "invalid-input"
    status = 400
    title = "The input is not valid"


class NotFound(CmdbError):
    """Nothing has the id or name that was asked for."""

    code = "not-found"
    status = 404
    title = "There is no such thing"


class Forbidden(CmdbError):
    """The caller is known but may not do this."""

    code = "forbidden"
    status = 403
    title = "You may not do this"


class Unauthenticated(CmdbError):
    """No valid credentials came with the request."""

    code = "unauthenticated"
    status = 401
    title = "Sign in first"


class Conflict(CmdbError):
    """The request is well formed but does not fit the present state."""

    code = "conflict"
    status = 409
    title = "The present state does not allow this"
