"""Installed Debian packages and what they need. Pure: the text of dpkg's status (deb822 stanzas, deb-control(5)) in, packages out.

A dependency names alternatives (`a | b (>= 2)`); the first that is installed, by its own name or because another provides it, is the one
in use. Version bounds are not looked at: dpkg has held them when it installed the package.
"""

from dataclasses import dataclass

from discovery.deb822 import PACKAGE_NAME, clauses, stanzas

QUERY_FORMAT = (
    "Package: ${Package}\\nStatus: ${Status}\\nArchitecture: ${Architecture}\\nVersion: ${Version}\\nProvides: ${Provides}\\n"
    "Pre-Depends: ${Pre-Depends}\\nDepends: ${Depends}\\nSection: ${Section}\\n\\n"
)
"""The format for `dpkg-query --show` that gives what `parse_status` reads; /var/lib/dpkg/status itself is read as well."""

_FIELDS = frozenset({"package", "status", "architecture", "version", "provides", "pre-depends", "depends", "section"})


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
    installed = [stanza for stanza in stanzas(text.split("\n"), _FIELDS) if _is_installed(stanza)]
    providers: dict[str, str] = {}
    for stanza in installed:
        providers[stanza["package"]] = stanza["package"]
    for stanza in installed:
        for name, *_ in clauses(stanza.get("provides", "")):
            providers.setdefault(name, stanza["package"])
    packages = [_package(stanza, providers) for stanza in installed]
    return sorted(packages, key=lambda package: (package.name, package.architecture))


def _package(stanza: dict[str, str], providers: dict[str, str]) -> Package:
    needs: set[str] = set()
    missing: set[str] = set()
    for names in clauses(f"{stanza.get('pre-depends', '')},{stanza.get('depends', '')}"):
        found = next((providers[name] for name in names if name in providers), None)
        if found is not None:
            needs.add(found)
        else:
            missing.add(names[0])
    needs.discard(stanza["package"])
    name, version, architecture = stanza["package"], stanza["version"], stanza.get("architecture", "")
    return Package(name, version, architecture, stanza.get("section", ""), tuple(sorted(needs)), tuple(sorted(missing)))


def _is_installed(stanza: dict[str, str]) -> bool:
    whole = PACKAGE_NAME.fullmatch(stanza.get("package", "")) and stanza.get("version")
    return bool(whole) and stanza.get("status", "install ok installed").endswith(" installed")
