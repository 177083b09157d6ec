"""What the gate needs from rooms above it."""

from typing import Protocol

from cmdb.model.actor import Cause


class ApprovalBook(Protocol):
    """Which approved changes authorise what. Change management will keep the real one; until then the book is empty."""

    def covers(self, cause: Cause, item_id: str, type_name: str, attribute: str | None) -> bool:
        """Whether an approved change covers altering this attribute of this item (None: its creation, retirement or relationships)."""
        ...


class EmptyApprovalBook:
    """No change has been approved."""

    def covers(self, cause: Cause, item_id: str, type_name: str, attribute: str | None) -> bool:  # noqa: ARG002
        """Never."""
        return False
