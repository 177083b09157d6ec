"""A digest over all that a manifest says, so that no change of it goes unseen, whether or not a field is kept for it.

Rules. What a server or a tool adds of its own is left out: two prints of one object are one object. The order of keys does not count, that
of lists does. A digest of something short can be guessed, so what may be secret does not go in: the values of Secrets, of variables whose
name speaks of one, and what stands before the `@` of a URL. Never raises for what a manifest holds.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from discovery.sources.kubernetes.addresses import is_secret_name
from discovery.sources.kubernetes.shape import mapping, text

_OF_THE_SERVER = frozenset({"creationTimestamp", "deletionTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid"})
_OF_TOOLS = frozenset({"kubectl.kubernetes.io/last-applied-configuration", "deployment.kubernetes.io/revision"})
_SECRET_PARTS = ("data", "stringData")
_HIDDEN = "(not read)"
_BEFORE_THE_HOST = re.compile(r"(?<=://)[^/@\s]*(?:/[^@\s]*)?@")
"""Whoever writes a password with a slash in it loses the path up to the last `@`: better than keeping half of it."""


def body_digest(value: Mapping[str, Any], kind: str) -> str:
    """`sha256:<hex>` of the manifest."""
    kept = {name: part for name, part in value.items() if name != "status"}
    if kind == "Secret":
        kept |= {name: _HIDDEN for name in _SECRET_PARTS if name in kept}
    metadata = {name: part for name, part in mapping(value.get("metadata")).items() if name not in _OF_THE_SERVER}
    annotations = {name: part for name, part in mapping(metadata.pop("annotations", None)).items() if name not in _OF_TOOLS}
    kept["metadata"] = metadata | ({"annotations": annotations} if annotations else {})
    written = json.dumps(_plain(kept), sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(written.encode()).hexdigest()}"


def _plain(value: Any) -> Any:
    """What JSON can write, and always alike: keys are texts, and what YAML knows and JSON does not (dates, bytes) becomes one."""
    if isinstance(value, Mapping):
        hidden = "value" in value and is_secret_name(text(value.get("name")))
        return {_key(name): _HIDDEN if hidden and name == "value" else _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, set | frozenset):
        return sorted(str(part) for part in value)
    if isinstance(value, str):
        return _BEFORE_THE_HOST.sub("", value) if "://" in value else value
    return value if value is None or isinstance(value, bool | int | float) else f"{type(value).__name__} {value}"


def _key(name: Any) -> str:
    """Texts as they are; others marked, so that `1` and `"1"` stay two keys."""
    return name if isinstance(name, str) else f"{type(name).__name__} {name}"
