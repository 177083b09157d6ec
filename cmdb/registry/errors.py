"""Refusals of the registry room."""

from cmdb.kernel.errors import CmdbError, Conflict


class TypesDoNotFit(Conflict):
    """Items or relationships that live now would break the definitions. `misfits` lists the first of `misfit_count`."""

    code = "types-do-not-fit"
    title = "What is in the CMDB does not fit the new definitions"


class TypesUnreadable(CmdbError):
    """What the graph holds of type definitions cannot be read or does not make a registry: somebody altered it beside the ledger."""

    code = "types-unreadable"
    status = 500
    title = "The stored type definitions are damaged"
