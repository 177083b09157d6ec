"""GraphQL at `/graphql`: the schema of the registry as it is, swapped when types change."""

from fastapi import FastAPI

from cmdb_app.wiring import Services


def mount_graphql(app: FastAPI, services: Services) -> None:
    """Placeholder until cmdb_graphql offers its app."""
