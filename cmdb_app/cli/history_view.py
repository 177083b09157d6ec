"""The versions of an item as `cmdb history` tells them."""

from typing import Any

from cmdb.ledger.told import ToldVersion
from cmdb_app.wiring import Core


def versions_of(core: Core, item_id: str) -> list[dict[str, Any]]:
    """Newest first: each version with its commit and the fields that differ from the one before. One whose content was purged is there with
    its commit, and `purged` names the commit that ordered that."""
    versions = sorted(_all(core, item_id), key=lambda version: version.seq)
    found: list[dict[str, Any]] = []
    before: ToldVersion | None = None
    for version in versions:
        commits = core.log.after(version.seq - 1, 1)
        commit = commits[0] if commits else None
        found.append(
            {
                "seq": version.seq,
                "time": commit.time if commit else None,
                "revision": version.revision,
                "actor": commit.actor if commit else None,
                "source": commit.source if commit else None,
                "reason": commit.reason if commit else None,
                "change": commit.change if commit else None,
                "hash": version.hash,
                "changed": _told(before, version),
                "retired": version.retired,
                "purged": version.purged,
            }
        )
        before = version
    return found[::-1]


def _all(core: Core, item_id: str) -> list[ToldVersion]:
    """Every version, however many: they are read in pieces, the newest first."""
    found: list[ToldVersion] = []
    while part := core.history.told(item_id, found[-1].seq if found else None):
        found += part
    return found


def _told(before: ToldVersion | None, version: ToldVersion) -> list[str]:
    if version.body is None:
        return ["content purged"]
    if before is not None and before.body is None:
        return ["not known: the content before was purged"]
    return _changed(before.body if before is not None else None, version.body)


def _changed(before: Any, after: Any) -> list[str]:
    if before is None:
        return ["created"]
    if after["retired"] != before["retired"]:
        return ["retired" if after["retired"] else "restored"]
    names = {name for name in ("name", "status", "version", "location", "description", "owner") if before[name] != after[name]}
    old, new = before["attributes"], after["attributes"]
    return sorted(names | {name for name in {*old, *new} if old.get(name) != new.get(name)})
