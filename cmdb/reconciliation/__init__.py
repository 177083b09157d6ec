"""Claims of all sources and precedence, from which a change plan follows (design 2, 5)."""

from cmdb.reconciliation.model import Asked, Chunk, Reconciled, Setting
from cmdb.reconciliation.port import World
from cmdb.reconciliation.repository import GraphWorld
from cmdb.reconciliation.service import reconcile, reconsider, unlink, withdraw_all

__all__ = ["Asked", "Chunk", "GraphWorld", "Reconciled", "Setting", "World", "reconcile", "reconsider", "unlink", "withdraw_all"]
