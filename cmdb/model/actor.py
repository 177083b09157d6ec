"""Who acts: people, agents and the system itself, each with roles (requirement 9.1-10)."""

from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """The seven roles of the product (design 9)."""

    VIEWER = "viewer"
    ENGINEER = "engineer"
    AGENT = "agent"
    CHANGE_MANAGER = "change_manager"
    CAB_MEMBER = "cab_member"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class Actor:
    """One caller: `name` is what the ledger records; `source` is the one source an agent is bound to (None for people)."""

    name: str
    roles: frozenset[Role]
    source: str | None = None
    token_id: str | None = None

    def has(self, *roles: Role) -> bool:
        """Whether the actor has one of the roles; an administrator has them all except the auditor's and the agent's."""
        if self.roles.intersection(roles):
            return True
        return Role.ADMINISTRATOR in self.roles and not set(roles) <= {Role.AUDITOR, Role.AGENT}

    @property
    def is_person(self) -> bool:
        """People are refused on a stale version (412); agents are replanned."""
        return Role.AGENT not in self.roles


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something is written: what the ledger keeps beside who and when (requirements 9.1-18, 9.1-19)."""

    actor: Actor
    source: str
    reason: str = ""
    change: str | None = None  # id of the authorising request for change
    extra: dict[str, str] = field(default_factory=dict)
