"""The gate's policy as a value (requirements 9.1-10, 9.1-13). Data in `policies/*.yaml`, never code."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from change_gate.verdicts import HoldKind
from cmdb.kernel.errors import InvalidInput
from cmdb.model.actor import Actor, Role
from cmdb.model.plan import EditKind, ScopeLoss
from cmdb.model.registry import Registry

DEFAULT = Path(__file__).parent / "policies" / "default.yaml"
_ACTIONS = ("create", "update", "retire", "relate")
_ACTION_OF = {EditKind.CREATE: "create", EditKind.RESTORE: "create", EditKind.UPDATE: "update", EditKind.RETIRE: "retire"}


class BadPolicy(InvalidInput):
    """The policy file does not have the shape it must have."""

    code = "bad-policy"
    title = "The gate's policy is not valid"


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may do what, what is under control, and what is held.

    `roles` and `type_roles[type]` map `create`, `update`, `retire`, `relate` to roles. `under_control` names types (`*`: all). A loss is
    held above both `loss_share` (0 to 1) of its scope and `loss_items`, and where a scope of several items loses all of them.
    """

    roles: Mapping[str, frozenset[Role]]
    type_roles: Mapping[str, Mapping[str, frozenset[Role]]] = field(default_factory=dict)
    under_control: frozenset[str] = frozenset()
    deciders: Mapping[HoldKind, frozenset[Role]] = field(default_factory=dict)
    loss_share: float = 0.2
    loss_items: int = 10
    revokers: frozenset[Role] = frozenset({Role.CHANGE_MANAGER})

    def may(self, actor: Actor, kind: EditKind, type_name: str, registry: Registry) -> bool:
        """Whether the actor may do this to items of this type."""
        return self.may_do(actor, _ACTION_OF[kind], type_name, registry)

    def may_do(self, actor: Actor, action: str, type_name: str, registry: Registry) -> bool:
        """The nearest rule counts: the type's own, that of the type above it, and so on, then the general one."""
        if self.type_roles and type_name in registry.item_types:
            for name in (type_name, *registry.item_types[type_name].ancestors):
                rule = self.type_roles.get(name, {}).get(action)
                if rule is not None:
                    return actor.has(*rule)
        return actor.has(*self.roles[action])

    def may_write(self, actor: Actor) -> bool:
        """Whether there is anything at all the actor may write."""
        every = [*self.roles.values(), *(rule for rules in self.type_roles.values() for rule in rules.values())]
        return any(actor.has(*roles) for roles in every)

    def controls(self, type_name: str, registry: Registry) -> bool:
        """Whether the type is under change control yet."""
        if not self.under_control:
            return False
        if "*" in self.under_control or type_name in self.under_control:
            return True
        found = registry.item_types.get(type_name)
        return found is not None and not self.under_control.isdisjoint(found.ancestors)

    def may_decide(self, actor: Actor, kind: HoldKind) -> bool:
        """Whether the actor may release or reject holds of this kind."""
        return actor.has(*self.deciders.get(kind, frozenset()))

    def too_much(self, loss: ScopeLoss) -> bool:
        """Whether losing so much of a scope looks like a scan that failed. One that found nothing at all where there were several items
        does, however small the scope."""
        if loss.lost == loss.known and loss.known > 1:
            return True
        return loss.lost > self.loss_items and loss.lost > self.loss_share * loss.known


def load_policy(path: Path = DEFAULT) -> Policy:
    """The policy in a YAML file. Raises `BadPolicy` naming the member that is wrong."""
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as problem:
        raise BadPolicy(f"{path.name} cannot be read: {problem}") from problem
    return policy_from(found)


def policy_from(body: Any) -> Policy:
    """The policy a parsed document says. Raises `BadPolicy`."""
    body = _members(body, "policy", {"version", "roles", "under_control", "decide", "mass_retirement", "revoke_source"})
    if body.get("version") != 1:
        raise BadPolicy("policy.version must be 1")
    roles = _members(body.get("roles", {}), "roles", {*_ACTIONS, "types"})
    decide = _members(body.get("decide", {}), "decide", {kind.value for kind in HoldKind})
    loss = _members(body.get("mass_retirement", {}), "mass_retirement", {"share", "items"})
    share, items = loss.get("share", 0.2), loss.get("items", 10)
    if not isinstance(share, (int, float)) or not 0 <= share <= 1 or not isinstance(items, int) or items < 0:
        raise BadPolicy("mass_retirement: share is a number from 0 to 1, items a whole number")
    types = roles.get("types", {})
    if not isinstance(types, dict):
        raise BadPolicy("roles.types must map types to rules")
    return Policy(
        roles={action: _roles(roles.get(action), f"roles.{action}") for action in _ACTIONS},
        type_roles={name: _rules(rules, f"roles.types.{name}") for name, rules in types.items()},
        under_control=frozenset(_names(body.get("under_control", []), "under_control")),
        deciders={HoldKind(kind): _roles(given, f"decide.{kind}") for kind, given in decide.items()},
        loss_share=float(share),
        loss_items=items,
        revokers=_roles(body.get("revoke_source"), "revoke_source"),
    )


def _rules(given: Any, where: str) -> dict[str, frozenset[Role]]:
    return {action: _roles(roles, f"{where}.{action}") for action, roles in _members(given, where, set(_ACTIONS)).items()}


def _members(given: Any, where: str, known: set[str]) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise BadPolicy(f"{where} must be a mapping")
    strange = sorted(str(name) for name in given.keys() - known)
    if strange:
        raise BadPolicy(f"{where} has no member {', '.join(strange)}; it has {', '.join(sorted(known))}")
    return given


def _names(given: Any, where: str) -> list[str]:
    if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
        raise BadPolicy(f"{where} must be a list of names")
    return given


def _roles(given: Any, where: str) -> frozenset[Role]:
    try:
        return frozenset(Role(name) for name in _names(given, where))
    except ValueError as problem:
        raise BadPolicy(f"{where}: {problem}; roles are {', '.join(Role)}") from problem
