"""Runs one operation: parse, guard, validate, execute, show.

Blocking, with an event loop of its own for as long as it takes (`run`): called in a worker thread, so that the server's loop stays free
and the store's blocking calls hurt nobody. Data loaders batch on that loop as usual.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import orjson
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    execute,
    get_operation_ast,
    subscribe,
)
from strawberry.execution import optimized_is_awaitable

from cmdb.kernel.errors import CmdbError
from cmdb_graphql.access import check
from cmdb_graphql.context import Context
from cmdb_graphql.errors import MethodRefused, QueryInvalid, as_graphql, shown
from cmdb_graphql.fastpath import FastExecutor
from cmdb_graphql.guard import Measure
from cmdb_graphql.holder import BuiltSchema
from cmdb_graphql.selection import root_fields

if TYPE_CHECKING:
    from cmdb_graphql.turns import Turns

_ABOUT_THE_SCHEMA = frozenset({"__schema", "__type", "__typename"})


@dataclass(frozen=True, slots=True)
class Request:
    """One GraphQL request as it came over the wire."""

    query: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    operation_name: str | None = None
    read_only: bool = False  # came by GET: may not alter anything


@dataclass(frozen=True, slots=True)
class Answer:
    """The response: `executed` is False where the operation never ran (no `data` member then); `status` fits
    `application/graphql-response+json`."""

    body: Mapping[str, Any]
    executed: bool
    status: int = 200


class IsLong(Exception):
    """The operation may take long, and only short ones were let in."""


def run(built: BuiltSchema, request: Request, context: Context, only_short: bool = False) -> Answer:
    """Run a query or mutation in this thread. Every error becomes part of the answer; raises only `IsLong`, before anything ran."""
    try:
        document, operation, measured = prepare(built, request, context)
        if operation.operation is OperationType.SUBSCRIPTION:
            raise QueryInvalid("A subscription needs a stream: accept text/event-stream, or connect by WebSocket.")
    except _RefusedError as stop:
        return stop.answer
    except CmdbError as error:
        return refused(error)
    if only_short and measured.long:
        raise IsLong
    if set(root_fields(document, operation)) <= _ABOUT_THE_SCHEMA:
        key = (request.query, request.operation_name, orjson.dumps(request.variables, option=orjson.OPT_SORT_KEYS))
        return built.documents.introspected(key, lambda: _executed(built, document, request, context))
    return _executed(built, document, request, context)


def _executed(built: BuiltSchema, document: DocumentNode, request: Request, context: Context) -> Answer:
    context.bind(built.registry)
    try:
        result = _on_own_loop(_execute(built, document, request, context))
    except Exception as error:
        return refusal([GraphQLError(str(error), original_error=error)], 500)
    if result.data is None and result.errors and all(not error.path for error in result.errors):
        return refusal(result.errors, 400)  # variables of the wrong kind: nothing ran
    return Answer(shown_result(result), executed=True)


def prepare(built: BuiltSchema, request: Request, context: Context) -> tuple[DocumentNode, OperationDefinitionNode, Measure]:
    """Parse, guard, validate, and ask whether the caller may; gives the document, the operation that is to run and what it measures. Raises
    `CmdbError` or an internal refusal."""
    try:
        document = built.documents.parsed(request.query)
    except GraphQLError as error:
        raise _RefusedError(refusal([error], 400)) from None
    measured = built.guard.check(document.node, request.operation_name, request.variables)
    faults = built.documents.validated(request.query, document)
    if faults:
        raise _RefusedError(refusal(faults, 400))
    operation = get_operation_ast(document.node, request.operation_name)
    if operation is None:
        raise QueryInvalid("Name one of the document's operations in operationName.")
    if request.read_only and operation.operation is not OperationType.QUERY:
        raise MethodRefused("GET is for queries; send mutations by POST.")
    for name in root_fields(document.node, operation):
        check(context.actor, operation.operation.value, name, built.list_fields)
    return document.node, operation, measured


def refusal(errors: list[GraphQLError], status: int) -> Answer:
    """An answer without data."""
    return Answer({"errors": [shown(error) for error in errors]}, executed=False, status=status)


def refused(error: CmdbError) -> Answer:
    """An answer without data, for an error of ours."""
    return refusal([as_graphql(error)], error.status)


def shown_result(result: ExecutionResult) -> dict[str, Any]:
    """An execution result as the response's body."""
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = [shown(error) for error in result.errors]
    return body


async def events(built: BuiltSchema, request: Request, context: Context, turns: "Turns") -> AsyncIterator[Mapping[str, Any]]:
    """The bodies a subscription sends, one after the other; a query or mutation gives exactly one, when it has its turn. Runs on the
    caller's loop."""
    try:
        document, operation, _ = await asyncio.to_thread(prepare, built, request, context)
    except _RefusedError as stop:
        yield stop.answer.body
        return
    except CmdbError as error:
        yield refused(error).body
        return
    if operation.operation is not OperationType.SUBSCRIPTION:
        answer = await turns.take(context, lambda only_short: run(built, request, context, only_short))
        if answer is not None:
            yield answer.body
        return
    context.bind(built.registry)
    source: Any = subscribe(
        built.core,
        document,
        context_value=context,
        variable_values=dict(request.variables),
        operation_name=request.operation_name,
        executor_class=FastExecutor,
    )
    stream = await source if optimized_is_awaitable(source) else source
    if isinstance(stream, ExecutionResult):
        yield {"errors": [shown(error) for error in stream.errors or ()]}
        return
    async for result in stream:
        yield shown_result(result)


async def _execute(built: BuiltSchema, document: Any, request: Request, context: Context) -> ExecutionResult:
    result: Any = execute(
        built.core,
        document,
        context_value=context,
        variable_values=dict(request.variables),
        operation_name=request.operation_name,
        executor_class=FastExecutor,
        is_awaitable=cast(Any, optimized_is_awaitable),
    )
    found: ExecutionResult = await result if optimized_is_awaitable(result) else result
    return found


def _on_own_loop(work: Coroutine[Any, Any, ExecutionResult]) -> ExecutionResult:
    """`asyncio.run` without its signal handling, which on the main thread writes out the whole result as text (20 ms for 10,000 rows)."""
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(work)
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.close()


class _RefusedError(Exception):
    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer
