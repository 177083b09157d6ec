"""Documents, parsed and validated once: parsing and validation cost more than most operations.

The guard is not part of it (page sizes arrive in variables) and stands before it.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

from graphql import DocumentNode, GraphQLError, GraphQLSchema, parse, specified_rules, validate
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from cmdb_graphql.errors import QueryTooCostly
from cmdb_graphql.limits import Limits

T = TypeVar("T")
_RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
_KEPT = 512
_INTROSPECTIONS_KEPT = 16


@dataclass(slots=True)
class Document:
    """A parsed document; `faults` is None until it was validated, then what validation found."""

    node: DocumentNode
    faults: list[GraphQLError] | None = None


class Documents:
    """The last few hundred documents of one schema."""

    def __init__(self, schema: GraphQLSchema, limits: Limits) -> None:
        self._schema = schema
        self._limits = limits
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Document] = OrderedDict()
        self._introspections: dict[Hashable, Any] = {}

    def parsed(self, text: str) -> Document:
        """The document of this text. Raises `GraphQLError` for what is no GraphQL, `QueryTooCostly` for what is too long or too deep."""
        with self._lock:
            found = self._known.get(text)
            if found is not None:
                self._known.move_to_end(text)
                return found
        if len(text) > self._limits.document_chars:
            raise QueryTooCostly(
                f"The document has {len(text):,} characters; {self._limits.document_chars:,} are allowed.",
                limit="characters",
                allowed=self._limits.document_chars,
                found=len(text),
            )
        return Document(self._parse(text))

    def validated(self, text: str, document: Document) -> list[GraphQLError]:
        """What validation has against a document; kept with it."""
        if document.faults is None:
            document.faults = validate(self._schema, document.node, _RULES, max_errors=20)
            with self._lock:
                self._known[text] = document
                while len(self._known) > _KEPT:
                    self._known.popitem(last=False)
        return document.faults

    def introspected(self, key: Hashable, work: Callable[[], T]) -> T:
        """What `work` answers, kept for this schema: questions about the schema alone have one answer for everybody, and pages ask the same
        long one (a megabyte, a second of work) whenever they load."""
        with self._lock:
            if key in self._introspections:
                found: T = self._introspections[key]
                return found
        found = work()
        with self._lock:
            if len(self._introspections) >= _INTROSPECTIONS_KEPT:
                self._introspections.clear()
            self._introspections[key] = found
        return found

    def _parse(self, text: str) -> DocumentNode:
        try:
            return parse(text, max_tokens=self._limits.tokens)
        except RecursionError:
            raise QueryTooCostly("The document is nested too deeply.", limit="depth", allowed=self._limits.depth, found=None) from None
