"""Bearer tokens of an OpenID Connect issuer (OpenID Connect Core 1.0; access tokens after RFC 9068 pass the same checks).

Checked: signature by a key of the issuer (asymmetric algorithms only), `iss`, `aud`, `exp`, `nbf`, `iat`. Keys are fetched once and
kept; an unknown `kid` makes us fetch again, at most once in a minute, so that strangers cannot make us hammer the issuer.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from cmdb.kernel.errors import CmdbError
from cmdb.model.actor import Actor, Role
from cmdb_app.access.errors import TokenExpired, TokenUnknown

_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
_REFETCH_AFTER = 60.0  # seconds
_KEEP_KEYS = 3600.0  # seconds
_LEEWAY = 30  # seconds clocks may differ

FetchJson = Callable[[str], Mapping[str, Any]]


class IssuerUnreachable(CmdbError):
    """The issuer's keys could not be fetched, so that nobody can be told apart at the moment."""

    code = "issuer-unreachable"
    status = 503
    title = "The sign-in service cannot be reached"


@dataclass(frozen=True, slots=True)
class OidcConfig:
    """What `Settings` says of the issuer."""

    issuer: str
    audience: str
    jwks_url: str = ""
    name_claim: str = "preferred_username"
    roles_claim: str = "groups"
    roles: Mapping[str, Role] | None = None
    source_claim: str = "cmdb_source"


def fetch_json(url: str) -> Mapping[str, Any]:
    """GET a JSON object. Raises `IssuerUnreachable`."""
    import httpx

    try:
        answer = httpx.get(url, timeout=5.0, follow_redirects=False)
        answer.raise_for_status()
        found = answer.json()
    except (httpx.HTTPError, ValueError) as problem:
        raise IssuerUnreachable(f"{url} did not answer as expected: {problem}") from problem
    if not isinstance(found, dict):
        raise IssuerUnreachable(f"{url} did not answer with a JSON object")
    return found


class OidcVerifier:
    """Tells who a bearer token of the issuer speaks for."""

    def __init__(self, config: OidcConfig, fetch: FetchJson = fetch_json, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._config = config
        self._fetch = fetch
        self._monotonic = monotonic
        self._keys: KeySet | None = None
        self._fetched = 0.0
        self._lock = threading.Lock()

    def authenticate(self, bearer: str) -> Actor:
        """The caller named by the token. Raises `TokenUnknown`, `TokenExpired`, `IssuerUnreachable`."""
        claims = self._claims(bearer)
        config = self._config
        name = claims.get(config.name_claim) or claims.get("sub")
        if not isinstance(name, str) or not name:
            raise TokenUnknown(f"the token names nobody in {config.name_claim!r} or 'sub'")
        roles = frozenset(role for group, role in (config.roles or {}).items() if group in _groups(claims, config.roles_claim))
        source = claims.get(config.source_claim)
        if Role.AGENT in roles and not (isinstance(source, str) and source):
            raise TokenUnknown(f"an agent's token names its source in {config.source_claim!r}; this one does not")
        return Actor(name, roles, source if Role.AGENT in roles else None)

    def _claims(self, bearer: str) -> dict[str, Any]:
        config = self._config
        rules = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY,
            iss={"essential": True, "value": config.issuer},
            aud={"essential": True, "value": config.audience},
            exp={"essential": True},
        )
        try:
            token = self._decode(bearer)
            rules.validate(token.claims)
        except ExpiredTokenError as problem:
            raise TokenExpired("the bearer token has expired; get a new one from the issuer") from problem
        except (JoseError, ValueError) as problem:
            raise TokenUnknown(f"the bearer token does not hold: {problem}") from problem
        return dict(token.claims)

    def _decode(self, bearer: str) -> jwt.Token:
        keys = self._known_keys(fresh_after=_KEEP_KEYS)
        try:
            return jwt.decode(bearer, keys, algorithms=_ALGORITHMS)
        except (InvalidKeyIdError, ValueError):
            newer = self._known_keys(fresh_after=_REFETCH_AFTER)
            if newer is keys:
                raise
            return jwt.decode(bearer, newer, algorithms=_ALGORITHMS)

    def _known_keys(self, fresh_after: float) -> KeySet:
        with self._lock:
            if self._keys is None or self._monotonic() - self._fetched > fresh_after:
                self._keys = KeySet.import_key_set(dict(self._fetch(self._jwks_url())))  # type: ignore[arg-type]
                self._fetched = self._monotonic()
            return self._keys

    def _jwks_url(self) -> str:
        if self._config.jwks_url:
            return self._config.jwks_url
        document = self._fetch(self._config.issuer.rstrip("/") + "/.well-known/openid-configuration")
        if document.get("issuer") != self._config.issuer:
            raise IssuerUnreachable(f"the discovery document names {document.get('issuer')!r}, not {self._config.issuer!r}")
        return str(document.get("jwks_uri", ""))


def _groups(claims: Mapping[str, Any], path: str) -> set[str]:
    found: Any = claims
    for step in path.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        return set(found.split())
    return {group for group in found if isinstance(group, str)} if isinstance(found, list) else set()
