"""The limits of one GraphQL request. Figures are for one operation with its fragments expanded, unless said otherwise."""

from dataclasses import dataclass

DEFAULT_PAGE = 50
MAX_PAGE = 10_000


@dataclass(frozen=True, slots=True)
class Limits:
    """`cost` counts objects an operation may return: the sum, over fields with pages, of the product of the page sizes above them; a few
    fields that cost work of their own carry a weight. `seconds`: all fields of one operation together; what is left when they are up is not
    begun."""

    body_bytes: int = 1_000_000
    document_chars: int = 20_000
    tokens: int = 3_000
    fragments: int = 60
    depth: int = 16
    aliases: int = 60
    selections: int = 2_000
    same_name: int = 60
    introspection_lists: int = 3
    cost: int = 30_000
    mutations: int = 20
    list_entries: int = 20_000
    seconds: float = 30.0
