"""References to master copies, and how a check of one ended (requirements 9.1-22 to 9.1-24).

A master copy is not kept in the CMDB: an item says where it is and which digest it must have. What counts as such a reference is any item
with both, whatever its type: `master_copy` (uri, digest), documents and licences (uri, content_digest), container images
(repository, digest).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cmdb.model.item import ItemState
from cmdb.model.registry import Registry

CHECK = "library_check"
"""Kind of record: the newest check of one reference; its versions are the checks before."""


class Place(StrEnum):
    """Where a master copy is kept."""

    FILE = "file"
    HTTPS = "https"
    OCI = "oci"
    OTHER = "other"


class Outcome(StrEnum):
    """How a check ended. `refused`: the place is not one the settings allow, so that nothing was fetched."""

    OK = "ok"
    ALTERED = "altered"
    MISSING = "missing"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Reference:
    """Where something is (`location` is a URL) and which digest it must have (`sha256:...`; empty: none was laid down)."""

    place: Place
    location: str
    digest: str


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at a reference gave. `found` is the digest there (None: nothing could be read), `size` in bytes."""

    outcome: Outcome
    detail: str
    found: str | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class LibraryCheck:
    """The newest check of one item. `failing_since` is the time of the first of the checks that failed without a good one between;
    `last_ok` the time of the last good one; `checks` how many there were."""

    id: str
    item: str
    name: str
    type: str
    place: Place
    location: str
    expected: str
    outcome: Outcome
    detail: str
    found: str | None
    size: int | None
    checked_at: str
    checked_by: str
    failing_since: str
    last_ok: str
    checks: int
    revision: int = 0

    def body(self) -> dict[str, Any]:
        """Plain JSON values, without the revision."""
        found = {name: getattr(self, name) for name in self.__slots__ if name != "revision"}
        return {**found, "place": str(self.place), "outcome": str(self.outcome)}

    @staticmethod
    def from_body(body: Mapping[str, Any], revision: int) -> "LibraryCheck":
        """The check a `body()` came from."""
        return LibraryCheck(**{**body, "place": Place(body["place"]), "outcome": Outcome(body["outcome"]), "revision": revision})


def reference_of(item: ItemState, registry: Registry) -> Reference | None:
    """What an item refers to; None for one that names no place, or no digest though it is not in itself a reference."""
    if registry.is_a(item.type, "container_image"):
        return _image(item)
    location, digest = item.value("uri"), item.value("digest") or item.value("content_digest")
    if not isinstance(location, str) or not location:
        return None
    if not digest and not registry.is_a(item.type, "master_copy"):
        return None
    return Reference(place_of(location), location, str(digest or ""))


def place_of(location: str) -> Place:
    """The place a URL names."""
    scheme = location.partition(":")[0].lower()
    return Place(scheme) if scheme in (Place.FILE, Place.HTTPS, Place.OCI) else Place.OTHER


def _image(item: ItemState) -> Reference | None:
    repository, digest = item.value("repository"), item.value("digest")
    if not isinstance(repository, str) or not digest:
        return None
    return Reference(Place.OCI, f"oci://{repository}@{digest}", str(digest))
