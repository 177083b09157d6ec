"""Which item an observation speaks of (design 2, requirement 9.1-07)."""

from cmdb.identification.port import ClaimHead, IdentifierBook
from cmdb.identification.repository import GraphIdentifierBook
from cmdb.identification.service import identify

__all__ = ["ClaimHead", "GraphIdentifierBook", "IdentifierBook", "identify"]
