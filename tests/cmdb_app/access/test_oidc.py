"""Bearer tokens against a local issuer: a real HTTP server with a discovery document and keys."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from cmdb.model.actor import Role
from cmdb_app.access.errors import TokenExpired, TokenUnknown
from cmdb_app.access.oidc import IssuerUnreachable, OidcConfig, OidcVerifier


class Issuer:
    """An OpenID Connect issuer on loopback: discovery, keys, and tokens on request."""

    def __init__(self) -> None:
        self.keys: list[ECKey | RSAKey] = [ECKey.generate_key("P-256", {"kid": "k1"}), RSAKey.generate_key(2048, {"kid": "k2"})]
        self.asked: list[str] = []
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked.append(self.path)
                body = json.dumps(issuer.answer(self.path)).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.claimed_issuer = self.url
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, path: str) -> dict[str, Any]:
        if path == "/.well-known/openid-configuration":
            return {"issuer": self.claimed_issuer, "jwks_uri": f"{self.url}/keys"}
        return dict(KeySet(list(self.keys)).as_dict(private=False))

    def token(self, key: int = 0, *, alg: str | None = None, **claims: Any) -> str:
        now = int(time.time())
        body = {"iss": self.url, "aud": "cmdb", "sub": "u1", "iat": now, "exp": now + 300, "preferred_username": "eve", **claims}
        header = {"alg": alg or ("ES256" if key == 0 else "RS256"), "kid": self.keys[key].kid}
        return jwt.encode(header, {name: value for name, value in body.items() if value is not None}, self.keys[key])


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    found = Issuer()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def verifier(issuer: Issuer) -> OidcVerifier:
    roles = {"ops": Role.ENGINEER, "cab": Role.CAB_MEMBER, "agents": Role.AGENT}
    return OidcVerifier(OidcConfig(issuer.url, "cmdb", roles_claim="realm_access.roles", roles=roles))


def groups(*names: str) -> dict[str, Any]:
    """The claim that lists groups."""
    return {"realm_access": {"roles": list(names)}}


@pytest.mark.parametrize("key", [0, 1])
def test_a_good_token_names_caller_and_roles(issuer: Issuer, verifier: OidcVerifier, key: int) -> None:
    actor = verifier.authenticate(issuer.token(key, **groups("ops", "cab", "others")))
    assert (actor.name, actor.roles, actor.source) == ("eve", {Role.ENGINEER, Role.CAB_MEMBER}, None)


def test_without_a_known_group_there_is_no_role(issuer: Issuer, verifier: OidcVerifier) -> None:
    assert verifier.authenticate(issuer.token(**groups("others"))).roles == frozenset()
    assert verifier.authenticate(issuer.token(realm_access="nonsense")).roles == frozenset()
    assert verifier.authenticate(issuer.token(preferred_username=None)).name == "u1"


def test_an_agents_token_names_its_source(issuer: Issuer, verifier: OidcVerifier) -> None:
    assert verifier.authenticate(issuer.token(**groups("agents"), cmdb_source="scan")).source == "scan"
    with pytest.raises(TokenUnknown, match="source"):
        verifier.authenticate(issuer.token(**groups("agents")))


@pytest.mark.parametrize(
    ("claims", "error"),
    [
        ({"exp": int(time.time()) - 3600}, TokenExpired),
        ({"exp": None}, TokenUnknown),
        ({"nbf": int(time.time()) + 3600}, TokenUnknown),
        ({"aud": "another"}, TokenUnknown),
        ({"aud": None}, TokenUnknown),
        ({"iss": "https://elsewhere.example"}, TokenUnknown),
        ({"sub": None, "preferred_username": None}, TokenUnknown),
    ],
)
def test_tokens_that_do_not_hold_are_refused(
    issuer: Issuer, verifier: OidcVerifier, claims: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        verifier.authenticate(issuer.token(**claims))


def test_forged_tokens_are_refused(issuer: Issuer, verifier: OidcVerifier) -> None:
    good = issuer.token(**groups("ops"))
    head, body, signature = good.split(".")
    other = ECKey.generate_key("P-256", {"kid": "k1"})
    forged = jwt.encode({"alg": "ES256", "kid": "k1"}, {"iss": issuer.url, "aud": "cmdb", "exp": int(time.time()) + 60}, other)
    shared = jwt.encode(
        {"alg": "HS256", "kid": "k1"}, {"iss": issuer.url, "aud": "cmdb"}, OctKey.import_key("secret secret secret secret 1234")
    )
    for text in (f"{head}.{body}.AAAA", f"{head}.{body}.", forged, shared, "a.b.c", "nonsense", ""):
        with pytest.raises(TokenUnknown):
            verifier.authenticate(text)
    assert signature


def test_keys_are_fetched_once_and_a_new_key_is_found(issuer: Issuer) -> None:
    now = [0.0]
    verifier = OidcVerifier(OidcConfig(issuer.url, "cmdb"), monotonic=lambda: now[0])
    issuer.asked.clear()
    for _ in range(3):
        verifier.authenticate(issuer.token())
    assert issuer.asked == ["/.well-known/openid-configuration", "/keys"]
    issuer.keys.append(ECKey.generate_key("P-256", {"kid": "k3"}))
    fresh = issuer.token(2, alg="ES256")
    with pytest.raises(TokenUnknown):
        verifier.authenticate(fresh)  # asked a moment ago: strangers cannot make us hammer the issuer
    assert len(issuer.asked) == 2
    now[0] = 61.0
    assert verifier.authenticate(fresh).name == "eve"
    assert len(issuer.asked) == 4


def test_an_issuer_that_is_away_or_another_is_told() -> None:
    with pytest.raises(IssuerUnreachable):
        OidcVerifier(OidcConfig("http://127.0.0.1:9", "cmdb")).authenticate("a.b.c")


def test_a_discovery_document_of_another_issuer_is_not_believed(issuer: Issuer) -> None:
    issuer.claimed_issuer = "https://elsewhere.example"
    try:
        with pytest.raises(IssuerUnreachable, match="elsewhere"):
            OidcVerifier(OidcConfig(issuer.url, "cmdb")).authenticate(issuer.token())
    finally:
        issuer.claimed_issuer = issuer.url
