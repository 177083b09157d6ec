"""Refusals of the migration runner."""

from cmdb.kernel.errors import CmdbError


class MigrationAltered(CmdbError):
    """A migration file was changed after it had been applied to this database."""

    code = "migration-altered"
    status = 500
    title = "An applied migration was altered"


class MigrationUnknown(CmdbError):
    """The database has a migration that this program does not have: it was written by a newer one."""

    code = "migration-unknown"
    status = 500
    title = "The database is newer than this program"


class MigrationBusy(CmdbError):
    """Another process holds the migration lock and does not let go of it."""

    code = "migration-busy"
    status = 503
    title = "Another process is migrating the database"
