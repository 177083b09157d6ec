"""Refusals of backup, restore and purge."""

from cmdb.kernel.errors import CmdbError, Conflict, InvalidInput


class BackupDamaged(InvalidInput):
    """The file is no backup, ends too early, or holds something else than it held when it was written. Nothing was restored from it."""

    code = "backup-damaged"
    title = "The backup is not whole"


class BackupRefused(Conflict):
    """The ledger does not hold, so that a copy of it would be worth nothing as evidence."""

    code = "backup-refused"
    title = "The ledger cannot be backed up as it is"


class StoreNotEmpty(Conflict):
    """A backup is restored into an empty store only: two ledgers cannot be one."""

    code = "store-not-empty"
    title = "The store is not empty"


class RestoreUnfinished(CmdbError):
    """A restore was interrupted: what is in the store is a part of a CMDB. The same file finishes it."""

    code = "restore-unfinished"
    status = 503
    title = "A restore into this store was interrupted"
