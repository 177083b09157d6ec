"""Refusals of backup, restore and purge."""

from cmdb.kernel.errors import CmdbError, Conflict, Forbidden, InvalidInput


class BackupDamaged(InvalidInput):
    """The file is no backup, ends too early, or holds something else than it held when it was written. Nothing was restored from it."""

    code = "backup-damaged"
    title = "The backup is not whole"


class BackupNotWritten(CmdbError):
    """The disk is full, or the folder does not let us write. There is no file; one that was there before is as it was."""

    code = "backup-not-written"
    status = 500
    title = "The backup could not be written"


class BackupSignerUnknown(Conflict):
    """Nothing vouches for the backup: whoever can write files can make one that is whole and signed with a key of their own."""

    code = "backup-signer-unknown"
    title = "Nobody vouches for this backup"


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


class RetentionPolicyInvalid(InvalidInput):
    """The retention policy cannot be understood; the message names the place."""

    code = "retention-policy-invalid"
    title = "The retention policy is not valid"


class PurgeForbidden(Forbidden):
    """A purge is proposed and carried out by administrators, and approved by another administrator than the one who proposed it."""

    code = "purge-forbidden"
    title = "You may not do this with a purge"


class PurgeStateWrong(Conflict):
    """The purge is not in the state in which this can be done to it."""

    code = "purge-state-wrong"
    title = "The purge is not at that point"


class PurgePlanMoved(Conflict):
    """What the policy allows to go is not what was approved any more: a baseline or a hold has come since, or versions have."""

    code = "purge-plan-moved"
    title = "The purge is not the one that was approved"
