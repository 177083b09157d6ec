"""How errors leave through GraphQL: a stable code in `extensions`, the sentence for a person as the message, never the inside of the
product.

A `CmdbError` raised by any room is shown as it is. Anything else is logged under a reference and shown as `internal-error`. What the
language itself refuses (syntax, validation, variables of the wrong kind) is `query-invalid`.
"""

import logging
from typing import Any

from graphql import GraphQLError

from cmdb.kernel.errors import CmdbError, InvalidInput
from cmdb.kernel.ids import new_id

_log = logging.getLogger(__name__)


class QueryInvalid(CmdbError):
    """The document is not GraphQL, does not fit the schema, or its variables do not."""

    code = "query-invalid"
    status = 400
    title = "The query is not valid"


class QueryTooCostly(CmdbError):
    """The document exceeds one of the limits of `cmdb_graphql.guard`; `limit`, `allowed` and `found` say which."""

    code = "query-too-costly"
    status = 400
    title = "The query asks for too much at once"


class PageTooLong(InvalidInput):
    """`first` is negative or beyond what one page may hold."""

    code = "page-too-long"
    title = "A page cannot hold so many"


class BadArgument(InvalidInput):
    """An argument has the right kind but no meaning: an unknown field in a filter, both forms of as-of at once."""

    code = "bad-argument"
    title = "An argument makes no sense"


class BatchingOff(CmdbError):
    """Several operations came in one request; each is to come alone."""

    code = "batching-off"
    status = 400
    title = "One request carries one operation"


class MethodRefused(CmdbError):
    """A mutation or subscription came by GET, which must not alter anything."""

    code = "method-refused"
    status = 405
    title = "Send this operation by POST"


class MediaTypeRefused(CmdbError):
    """The request's body is not `application/json`."""

    code = "media-type-refused"
    status = 415
    title = "Send the body as application/json"


class NotAcceptable(CmdbError):
    """The caller accepts none of the media types that can be given."""

    code = "not-acceptable"
    status = 406
    title = "None of the accepted media types can be given"


class BodyTooLong(CmdbError):
    """The request's body is longer than a GraphQL request may be."""

    code = "body-too-long"
    status = 413
    title = "The body is too long"


def shown(error: GraphQLError) -> dict[str, Any]:
    """One error as the response carries it: message, locations, path and `extensions` with `code`, `status`, `title` and its own fields."""
    original = root_cause(error)
    formatted: dict[str, Any] = dict(error.formatted)
    if isinstance(original, CmdbError):
        formatted["message"] = original.detail
        formatted["extensions"] = extensions(original)
    elif original is None:
        refusal = QueryInvalid(error.message)
        formatted["extensions"] = extensions(refusal)
    else:
        formatted["message"], formatted["extensions"] = _internal(original)
    return formatted


def extensions(error: CmdbError) -> dict[str, Any]:
    """The members of `extensions` for an error of ours."""
    return {"code": error.code, "status": error.status, "title": error.title, **dict(error.fields)}


def as_graphql(error: CmdbError) -> GraphQLError:
    """An error of ours as the executor carries it."""
    return GraphQLError(error.detail, original_error=error)


def root_cause(error: GraphQLError) -> Exception | None:
    """The exception under any number of GraphQL wrappers, None where the language itself refuses."""
    cause: BaseException | None = error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause if isinstance(cause, Exception) else None


def _internal(error: Exception) -> tuple[str, dict[str, Any]]:
    reference = new_id()
    _log.error("GraphQL operation failed, reference %s", reference, exc_info=error)
    hidden = CmdbError(f"Something failed inside the CMDB; the log has it under {reference}.", reference=reference)
    return hidden.detail, extensions(hidden)
