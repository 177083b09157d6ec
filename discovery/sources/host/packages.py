"""Installed Debian packages and what they need. Pure: the text of dpkg's status (deb822 stanzas, deb-control(5)) in, packages out.

A dependency names alternatives (`a | b (>= 2)`); the first that is installed, by its own name or because another provides it, is the one
in use. Version bounds are not looked at: dpkg has held them when it installed the package.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

QUERY_FORMAT = (
    "Package: ${Package}\\nStatus: ${Status}\\nArchitecture: ${Architecture}\\nVersion: ${Version}\\nProvides: ${Provides}\\n"
    "Pre-Depends: ${Pre-Depends}\\nDepends: ${Depends}\\nSection: ${Section}\\n\\n"
)
"""The format for `dpkg-query --show` that gives what `parse_status` reads; /var/lib/dpkg/status itself is read as well."""

_FIELDS = frozenset({"package", "status", "architecture", "version", "provides", "pre-depends", "depends", "section"})
_NAME = re.compile(r"^\s*([a-z0-9][a-z0-9+.-]*)")


@dataclass(frozen=True, slots=True)
class Package:
    """One installed package. `needs` are the names of packages in use for its dependencies, sorted; `missing` those nothing installed
    answers."""

    name: str
    version: str
    architecture: str
    section: str = ""
    needs: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def parse_status(text: str) -> list[Package]:
    """The installed packages, sorted by name. Of a package installed for several architectures, the first stands for all as a dependency.

    Stanzas that are not well formed, and packages removed but for their configuration, are passed over.
    """
    installed = [stanza for stanza in _stanzas(text) if _is_installed(stanza)]
    providers: dict[str, str] = {}
    for stanza in installed:
        providers[stanza["package"]] = stanza["package"]
    for stanza in installed:
        for name in _names(stanza.get("provides", "").split(",")):
            providers.setdefault(name, stanza["package"])
    packages = [_package(stanza, providers) for stanza in installed]
    return sorted(packages, key=lambda package: (package.name, package.architecture))


def _package(stanza: dict[str, str], providers: dict[str, str]) -> Package:
    needs: set[str] = set()
    missing: set[str] = set()
    for clause in f"{stanza.get('pre-depends', '')},{stanza.get('depends', '')}".split(","):
        names = list(_names(clause.split("|")))
        found = next((providers[name] for name in names if name in providers), None)
        if found is not None:
            needs.add(found)
        elif names:
            missing.add(names[0])
    needs.discard(stanza["package"])
    name, version, architecture = stanza["package"], stanza["version"], stanza.get("architecture", "")
    return Package(name, version, architecture, stanza.get("section", ""), tuple(sorted(needs)), tuple(sorted(missing)))


def _stanzas(text: str) -> Iterator[dict[str, str]]:
    for block in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n")):
        stanza: dict[str, str] = {}
        field = ""
        for line in block.split("\n"):
            if line[:1] in (" ", "\t"):
                if field:
                    stanza[field] += line
                continue
            head, colon, value = line.partition(":")
            field = head.lower() if colon and head.lower() in _FIELDS else ""
            if field:
                stanza[field] = value.strip()
        if stanza:
            yield stanza


def _is_installed(stanza: dict[str, str]) -> bool:
    whole = _NAME.fullmatch(stanza.get("package", "")) and stanza.get("version")
    return bool(whole) and stanza.get("status", "install ok installed").endswith(" installed")


def _names(clauses: Iterable[str]) -> Iterator[str]:
    return (match[1] for match in map(_NAME.match, clauses) if match)
