"""Type packs: YAML files of definitions, several documents to a file.

The default pack is `cmdb/model/types/*.yaml`. A document is first held against the JSON Schema (shape), then the definitions together
make a registry (sense). Both name every fault at once with its place.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from cmdb.kernel.canonical import canonical_json, digest
from cmdb.model.definitions import from_body, to_record
from cmdb.model.registry import BadDefinitions, Registry
from cmdb.model.registry_rules import DefinitionFault, fault
from cmdb.model.schema import definition_schema
from cmdb.model.types import Definition

PACK_FOLDER = Path(__file__).parent / "types"
PACK_NAME = "default"
MAX_PACK_BYTES = 2_000_000
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _UniqueKeys(_Loader):  # type: ignore[misc]
    """Safe YAML that refuses a key said twice: one of the two would be lost in silence."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen = set()
        for key_node, _ in node.value:
            key = key_node.value
            if isinstance(key, str) and key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key[:60]!r} is there twice", key_node.start_mark)
            seen.add(key if isinstance(key, str) else id(key_node))
        return super().construct_mapping(node, deep)


def load_document(text: str, file: str = "") -> tuple[Definition, ...]:
    """The definitions of one YAML (or JSON) text. Raises `BadDefinitions` with every fault of form; sense is checked by the registry."""
    if len(text) > MAX_PACK_BYTES:
        raise BadDefinitions([_form("", "too-long", f"{len(text):,} characters; at most {MAX_PACK_BYTES:,}", file)])
    try:
        if "*" in text and any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=_Loader)):
            raise BadDefinitions([_form("", "bad-yaml", "aliases (*name) are not read: a small document could grow without end", file)])
        documents = list(yaml.load_all(text, Loader=_UniqueKeys))
    except (yaml.YAMLError, RecursionError, ValueError) as problem:
        raise BadDefinitions([_form("", "bad-yaml", " ".join(str(problem).split())[:300] or "nested too deep", file)]) from problem
    return load_bodies([one for one in documents if one is not None], file)


def load_bodies(documents: list[Any], file: str = "") -> tuple[Definition, ...]:
    """The definitions of documents already read (from JSON, say). Raises `BadDefinitions` with every fault of form."""
    faults = [one for n, document in enumerate(documents, 1) for one in _form_faults(n, document, file)]
    if not documents:
        faults.append(_form("", "empty", "holds no definition", file))
    if faults:
        raise BadDefinitions(faults)
    return tuple(from_body(document) for document in documents)


@cache
def load_pack(folder: Path = PACK_FOLDER) -> Registry:
    """The registry of all `*.yaml` files of a folder (the default pack). Raises `BadDefinitions` with every fault of every file."""
    definitions: list[Definition] = []
    faults: list[DefinitionFault] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            definitions += load_document(path.read_text(encoding="utf-8"), path.name)
        except BadDefinitions as problem:
            faults += problem.faults
    if faults:
        raise BadDefinitions(faults)
    return Registry.of(definitions)


def pack_digest(registry: Registry) -> str:
    """sha256 over every definition of a registry: whether two packs say the same."""
    return digest(canonical_json([to_record(one) for one in registry.definitions()]))


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator  # 0.1 s to import, needed only where documents are read

    return Draft202012Validator(definition_schema())


def _form_faults(number: int, document: Any, file: str) -> Iterator[DefinitionFault]:
    name = document.get("name") if isinstance(document, dict) else None
    label = name if isinstance(name, str) and name else f"document {number}"
    for problem in _validator().iter_errors(document):
        for leaf in _leaves(problem):
            path = ".".join(str(step) for step in leaf.absolute_path)
            yield _form(label[:80], f"schema-{leaf.validator}", leaf.message[:300], file, path)


def _leaves(problem: Any) -> Iterator[Any]:
    if problem.context:
        yield from (leaf for inner in problem.context for leaf in _leaves(inner))
    else:
        yield problem


def _form(name: str, rule: str, text: str, file: str, path: str = "") -> DefinitionFault:
    found = fault(name or file or "the document", path, rule, text)
    return DefinitionFault(found.type, found.path, found.rule, f"{file}: {found.message}" if file and name else found.message, file)
