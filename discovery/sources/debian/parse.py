"""An archive's index to observations. Pure.

Which edges are counted: for each clause of Pre-Depends and Depends its first alternative, the one the archive's maintainers prefer and apt
installs where nothing of the clause is there yet. Where no package of the archive has that name it is virtual, and every package that
provides it counts. Recommends and Suggests are left out, and so are clauses that lead to nothing in the archive (they are told in sum).
"""

from collections.abc import Iterable
from typing import Any

from cmdb.model.observation import Observation, ObservedRelation
from discovery.deb822 import PACKAGE_NAME, clauses, stanzas
from discovery.sources.debian.model import FIELDS, ArchivePackage


def parse(lines: Iterable[str]) -> list[ArchivePackage]:
    """The packages of an index, by name; of several versions of one package the first stands. Stanzas without name or version are passed
    over."""
    offered: dict[str, dict[str, str]] = {}
    providers: dict[str, set[str]] = {}
    for stanza in stanzas(lines, FIELDS):
        name = stanza.get("package", "")
        if not PACKAGE_NAME.fullmatch(name) or not stanza.get("version") or name in offered:
            continue
        offered[name] = stanza
        for names in clauses(stanza.get("provides", "")):
            providers.setdefault(names[0], set()).add(name)
    return [_package(name, offered, providers) for name in sorted(offered)]


def _package(name: str, offered: dict[str, dict[str, str]], providers: dict[str, set[str]]) -> ArchivePackage:
    stanza = offered[name]
    needs: set[str] = set()
    missing: set[str] = set()
    for field in ("pre-depends", "depends"):
        for first, *_ in clauses(stanza.get(field, "")):
            if first in offered:
                needs.add(first)
            elif first in providers:
                needs |= providers[first]
            else:
                missing.add(first)
    needs.discard(name)
    size = stanza.get("installed-size", "")
    return ArchivePackage(
        name=name,
        version=stanza["version"],
        architecture=stanza.get("architecture", "all"),
        section=stanza.get("section", ""),
        maintainer=stanza.get("maintainer", ""),
        size_bytes=int(size) * 1024 if size.isascii() and size.isdigit() else None,
        sha256=stanza.get("sha256", ""),
        needs=tuple(sorted(needs)),
        missing=tuple(sorted(missing)),
    )


def observe(packages: Iterable[ArchivePackage], distribution: str) -> tuple[Observation, ...]:
    """An observation of each package, with all it depends on."""
    return tuple(_observe(package, distribution) for package in packages)


def ref_of(name: str, distribution: str) -> str:
    """The source's key of a package."""
    return f"package/{distribution}/{name}"


def _observe(package: ArchivePackage, distribution: str) -> Observation:
    fields: dict[str, Any] = {
        "name": package.name,
        "version": package.version,
        "distribution": distribution,
        "package_manager": "dpkg",
        "architecture": package.architecture,
        "section": package.section,
        "maintainer": package.maintainer[:300],
        "size_bytes": package.size_bytes,
        "digest": f"sha256:{package.sha256}" if package.sha256 else "",
    }
    known = {name: value for name, value in fields.items() if value not in ("", None)}
    relations = tuple(ObservedRelation("depends_on", to=ref_of(name, distribution)) for name in package.needs)
    return Observation(ref_of(package.name, distribution), "software_package", known, relations, ("depends_on",))
