"""Migrations: numbered files of schema statements, each applied once (design 4)."""

from cmdb.store.migrations.errors import MigrationAltered, MigrationBusy, MigrationUnknown
from cmdb.store.migrations.runner import migrate, pending, read_migrations, schema_of

__all__ = ["MigrationAltered", "MigrationBusy", "MigrationUnknown", "migrate", "pending", "read_migrations", "schema_of"]
