"""Settings: environment variables that begin with `CMDB_` (or a `.env` file in the working directory). Every one has a default that works;
an empty variable counts as unset.

Lists and tables are given as JSON. A secret may be given as a file (`..._FILE`), which is how container platforms hand secrets over.
The reference `docs/reference/settings.md` is generated from the descriptions below.
"""

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from cmdb.kernel.errors import CmdbError
from cmdb.model.actor import Role

_TEXT = Annotated[str, AfterValidator(str.strip)]


class BadSettings(CmdbError):
    """The environment holds a setting that is unknown in kind, out of range, or does not fit another."""

    code = "bad-settings"
    status = 500
    title = "A setting is wrong"


class EngineChoice(StrEnum):
    """Where the graph is."""

    EMBEDDED = "embedded"
    NEO4J = "neo4j"


def default_data_dir() -> Path:
    """The platform's place for a user's data: `$XDG_DATA_HOME/cmdb` or `~/.local/share/cmdb`; on macOS under `~/Library`."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "cmdb"
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base and Path(base).is_absolute() else Path.home() / ".local" / "share") / "cmdb"


class Settings(BaseSettings):
    """All settings of a CMDB process. Construct with `load_settings()`; instances are frozen."""

    model_config = SettingsConfigDict(
        env_prefix="CMDB_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    data_dir: Path = Field(
        default_factory=default_data_dir,
        description="Where the embedded engines, keys and snapshots keep their files. Made if missing, readable by its owner only.",
    )

    engine: EngineChoice = Field(
        EngineChoice.EMBEDDED,
        description="`embedded`: ArcadeDB as a child process of `cmdb serve`; `neo4j`: any server that CMDB_GRAPH_URI names.",
    )
    graph_uri: _TEXT = Field("", description="Bolt address of the graph when the engine is `neo4j`, such as `neo4j://db.example.org:7687`.")
    graph_user: _TEXT = Field("neo4j", description="User name at the graph.")
    graph_password: SecretStr = Field(SecretStr(""), description="Password at the graph.")
    graph_password_file: Path | None = Field(
        None, description="File that holds the password at the graph; read instead of CMDB_GRAPH_PASSWORD."
    )
    graph_database: _TEXT = Field("", description="Database name at the graph; empty for the server's default.")
    graph_heap: str = Field("1g", pattern=r"^\d+[mg]$", description="Heap of the embedded graph engine, such as `512m` or `4g`.")

    broker_url: SecretStr = Field(
        SecretStr(""),
        description="Address of the Redis-protocol broker, such as `redis://:password@host:6379/0`; empty: the embedded Valkey.",
    )
    broker_url_file: Path | None = Field(None, description="File that holds the broker's address; read instead of CMDB_BROKER_URL.")

    host: _TEXT = Field("127.0.0.1", description="Address the API listens on. Put a TLS proxy in front before opening it to others.")
    port: int = Field(
        8650,
        ge=0,
        le=65535,
        description="Port the API listens on. If it was not set and is taken, the next free one is used; 0 asks for any free port.",
    )
    public_url: _TEXT = Field(
        "",
        description="How browsers reach the API, such as `https://cmdb.example.org`; decides links and whether cookies are marked Secure.",
    )
    trusted_proxies: _TEXT = Field("127.0.0.1", description="Addresses whose X-Forwarded headers are believed, separated by commas.")
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$", description="How much is logged.")
    log_json: bool = Field(False, description="Log one JSON object per line instead of text.")

    oidc_issuer: _TEXT = Field("", description="OpenID Connect issuer whose bearer tokens are accepted; empty: none.")
    oidc_audience: _TEXT = Field("", description="Audience a bearer token must be meant for. Required with an issuer.")
    oidc_jwks_url: _TEXT = Field("", description="Where the issuer's keys are; empty: asked from its discovery document.")
    oidc_name_claim: _TEXT = Field("preferred_username", description="Claim that names the caller; `sub` where it is missing.")
    oidc_roles_claim: _TEXT = Field(
        "groups", description="Claim that lists the caller's groups or roles; dots reach into objects (`realm_access.roles`)."
    )
    oidc_roles: dict[str, Role] = Field(
        default_factory=dict, description='Which group gives which role, as JSON: `{"ops": "engineer", "cab": "cab_member"}`.'
    )
    oidc_source_claim: _TEXT = Field("cmdb_source", description="Claim that binds an agent's token to its one source.")

    policy_file: Path | None = Field(
        None,
        description="The gate's policy (YAML): which roles may do what, which types are under change control, what is held. "
        "Read at the start; empty: `change_gate/policies/default.yaml`.",
    )

    session_hours: int = Field(12, ge=1, le=720, description="Hours after which a signed-in browser must sign in again.")
    link_minutes: int = Field(60, ge=1, le=1440, description="Minutes for which a one-time sign-in link is good.")

    body_limit: int = Field(50_000_000, ge=1_000, description="Largest request body in bytes for observations.")
    small_body_limit: int = Field(2_000_000, ge=1_000, description="Largest request body in bytes everywhere else (GraphQL, tokens).")
    batch_limit: int = Field(100_000, ge=1, description="Most observations in one request.")
    query_depth: int = Field(16, ge=1, description="Deepest GraphQL selection.")
    query_cost: int = Field(
        30_000,
        ge=1,
        description="Largest GraphQL cost: objects an operation may return, page sizes multiplied along each branch and summed.",
    )
    query_aliases: int = Field(60, ge=1, description="Most aliases in one GraphQL operation.")
    query_selections: int = Field(2_000, ge=1, description="Most selections in one GraphQL operation, fragments spread out.")
    query_seconds: float = Field(30.0, gt=0, description="Seconds all fields of one GraphQL operation have together.")
    query_timeout: float = Field(30.0, gt=0, description="Seconds after which one read of the graph is given up, repeats included.")
    threads: int = Field(24, ge=2, le=256, description="Threads that carry blocking work of the API.")

    job_chunk: int = Field(2_000, ge=1, le=20_000, description="Observations in one chunk of a background job.")
    job_retention_days: int = Field(30, ge=1, description="Days for which finished jobs are kept.")
    host_agent: bool = Field(False, description="Whether the scheduler observes the machine it runs on (source `host`).")
    host_agent_minutes: int = Field(15, ge=1, description="Minutes between two observations of this machine.")
    host_agent_packages: bool = Field(False, description="Whether the observation of this machine lists installed packages.")
    follow_seconds: float = Field(0.5, gt=0, le=60, description="Seconds between two looks at the ledger for commits of other processes.")

    checkpoint_key_file: Path | None = Field(
        None,
        description="File with the Ed25519 key (PEM, owner only) that signs checkpoints and backups; empty: `checkpoint.key` in the data "
        "directory, made at first use.",
    )
    checkpoint_minutes: int = Field(
        0, ge=0, le=44_640, description="Minutes between two checkpoints the scheduler takes while commits come; 0: it takes none."
    )
    checkpoint_file: Path | None = Field(None, description="File to which the scheduler appends its checkpoints; best on another machine.")
    checkpoint_url: _TEXT = Field("", description="HTTPS address to which the scheduler posts its checkpoints.")

    library_folders: _TEXT = Field(
        "", description="Folders below which files of the secure library may lie, separated by commas; empty: none."
    )
    library_hosts: _TEXT = Field(
        "", description="The only hosts that checks of master copies may ask, separated by commas; empty: every host with a public address."
    )
    library_private_hosts: _TEXT = Field(
        "", description="Hosts that checks of master copies may ask though their addresses are not public, separated by commas."
    )
    library_max_bytes: int = Field(2_000_000_000, ge=1, description="Largest master copy in bytes that is fetched to be checked.")
    library_seconds: float = Field(300.0, gt=0, le=3_600, description="Seconds after which the check of one master copy is given up.")
    library_images: bool = Field(False, description="Whether rounds over the library ask registries for container images as well.")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.engine is EngineChoice.NEO4J and not self.graph_uri:
            raise ValueError("CMDB_ENGINE=neo4j needs CMDB_GRAPH_URI")
        if self.checkpoint_minutes and not (self.checkpoint_file or self.checkpoint_url):
            raise ValueError("CMDB_CHECKPOINT_MINUTES needs CMDB_CHECKPOINT_FILE or CMDB_CHECKPOINT_URL: it is of use only outside")
        if self.oidc_issuer and not self.oidc_audience:
            raise ValueError("CMDB_OIDC_ISSUER needs CMDB_OIDC_AUDIENCE, or tokens meant for others would be accepted")
        return self

    def password(self) -> str:
        """The password at the graph, from its file where one is named. Raises `BadSettings` when the file cannot be read."""
        return _secret(self.graph_password, self.graph_password_file, "CMDB_GRAPH_PASSWORD_FILE")

    def broker(self) -> str:
        """The broker's address, empty for the embedded one. Raises `BadSettings` when its file cannot be read."""
        return _secret(self.broker_url, self.broker_url_file, "CMDB_BROKER_URL_FILE")

    @property
    def port_was_chosen(self) -> bool:
        """Whether somebody set the port: then a taken port is an error, not a reason to take the next one."""
        return "port" in self.model_fields_set


def _secret(value: SecretStr, file: Path | None, name: str) -> str:
    if file is None:
        return value.get_secret_value()
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as problem:
        raise BadSettings(f"{name} names {file}, which cannot be read: {problem.strerror}") from problem


def load_settings(**given: object) -> Settings:
    """The settings from the environment, with `given` (command-line options) before it. Raises `BadSettings` naming each variable."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as problem:
        lines = [_explain(error["loc"], error["msg"]) for error in problem.errors()]
        raise BadSettings("; ".join(lines)) from None


def _explain(place: tuple[int | str, ...], message: str) -> str:
    if not place:
        return message.removeprefix("Value error, ")
    return f"CMDB_{str(place[0]).upper()}: {message}"
