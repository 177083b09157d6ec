"""What a look at a master copy finds, and what it will not touch: files, HTTPS and registries, against a real local server."""

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from baselines.library.fetch import Fetcher
from baselines.library.model import Looked, Outcome, Place, Reference, place_of
from baselines.library.oci import image_of
from baselines.library.rules import LibraryRules, Refused, is_public
from tests.baselines.library.tls_server import HOST, TlsServer, tls_server


def digest(data: bytes, algorithm: str = "sha256") -> str:
    return f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"


def look(fetcher: Fetcher, location: str, data: bytes, algorithm: str = "sha256") -> Looked:
    """A look at a place where `data` should be."""
    return fetcher.look(Reference(place_of(location), location, digest(data, algorithm)))


@pytest.fixture(scope="module")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsServer]:
    with tls_server(tmp_path_factory.mktemp("tls")) as found:
        yield found


@pytest.fixture
def server(_server: TlsServer) -> TlsServer:
    _server.answers.clear()
    _server.seen.clear()
    return _server


def fetcher(server: TlsServer, **rules: object) -> Fetcher:
    """One that may ask this server though its address is private."""
    allowed = {"private_hosts": frozenset({HOST, f"auth.{HOST}", "127.0.0.1"}), "seconds": 10.0, **rules}
    return Fetcher(LibraryRules(**allowed), server.context, server.resolve)  # type: ignore[arg-type]


# -- files -----------------------------------------------------------------------------------------------------------------------


def test_files_below_the_library_folders(tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    (shelf / "licence 1.txt").write_bytes(b"words" * 1_000_000)
    found = Fetcher(LibraryRules((shelf,)))
    good = look(found, (shelf / "licence 1.txt").as_uri(), b"words" * 1_000_000)
    assert (good.outcome, good.size) == (Outcome.OK, 5_000_000)
    assert look(found, (shelf / "licence 1.txt").as_uri(), b"words" * 1_000_000, "sha512").outcome is Outcome.OK
    other = look(found, (shelf / "licence 1.txt").as_uri(), b"other")
    assert (other.outcome, other.found) == (Outcome.ALTERED, digest(b"words" * 1_000_000))
    assert look(found, (shelf / "gone").as_uri(), b"x").outcome is Outcome.MISSING
    assert look(found, f"file://otherhost{shelf}/x", b"x").outcome is Outcome.REFUSED
    assert look(Fetcher(LibraryRules((shelf,), max_bytes=10)), (shelf / "licence 1.txt").as_uri(), b"x").outcome is Outcome.UNREACHABLE


def test_nothing_outside_of_them(tmp_path: Path) -> None:
    shelf, secret = tmp_path / "shelf", tmp_path / "secret"
    shelf.mkdir()
    secret.write_bytes(b"s")
    (shelf / "link").symlink_to(secret)
    os.mkfifo(shelf / "pipe")
    found = Fetcher(LibraryRules((shelf,)))
    for place in (f"file://{shelf}/../secret", f"file://{shelf}/link", secret.as_uri(), f"file://{shelf}/pipe", shelf.as_uri()):
        outcome = look(found, place, b"s")
        assert outcome.outcome in (Outcome.REFUSED, Outcome.UNREACHABLE), place
        assert outcome.found is None
    assert look(Fetcher(LibraryRules()), secret.as_uri(), b"s").detail.startswith("no library folder is set")


# -- HTTPS -----------------------------------------------------------------------------------------------------------------------


def test_https_ok_altered_missing_and_away(server: TlsServer) -> None:
    server.answers |= {
        "/a": (200, {}, b"master"),
        "/b": (403, {}, b""),
        "/c": (500, {}, b""),
        "/d": (200, {"Content-Length": "99"}, b"short"),
    }
    found = fetcher(server)
    assert look(found, server.url("/a"), b"master") == Looked(Outcome.OK, "6 bytes have the digest laid down", digest(b"master"), 6)
    assert look(found, server.url("/a"), b"other").outcome is Outcome.ALTERED
    assert look(found, server.url("/none"), b"x").outcome is Outcome.MISSING
    for path in ("/b", "/c", "/d"):
        assert look(found, server.url(path), b"short").outcome is Outcome.UNREACHABLE, path
    assert server.seen[0][1]["host"] == f"{HOST}:{server.port}"
    assert server.seen[0][1]["accept-encoding"] == "identity"


def test_redirects_are_followed_over_https_only_and_checked_again(server: TlsServer) -> None:
    server.answers |= {
        "/a": (302, {"Location": "/b"}, b""),
        "/b": (200, {}, b"here"),
        "/plain": (302, {"Location": f"http://{HOST}/b"}, b""),
        "/inside": (302, {"Location": f"https://metadata.internal:{server.port}/b"}, b""),
        "/round": (302, {"Location": "/round"}, b""),
    }
    found = fetcher(server)
    assert look(found, server.url("/a"), b"here").outcome is Outcome.OK
    plain = look(found, server.url("/plain"), b"here")
    assert (plain.outcome, "not HTTPS" in plain.detail) == (Outcome.REFUSED, True)
    inside = look(found, server.url("/inside"), b"here")
    assert (inside.outcome, "that is not public" in inside.detail) == (Outcome.REFUSED, True)
    assert look(found, server.url("/round"), b"here").outcome is Outcome.UNREACHABLE
    assert [path for path, _ in server.seen].count("/b") == 1


def test_private_addresses_names_of_them_and_other_hosts_are_refused(server: TlsServer) -> None:
    strict = Fetcher(LibraryRules(), server.context, server.resolve)
    for url in (server.url("/a"), f"https://127.0.0.1:{server.port}/a", f"https://[::1]:{server.port}/a", f"http://{HOST}/a"):
        assert look(strict, url, b"x").outcome is Outcome.REFUSED, url
    assert (
        look(fetcher(server, hosts=frozenset({"elsewhere.test"}), private_hosts=frozenset()), server.url("/a"), b"x").outcome
        is Outcome.REFUSED
    )
    assert look(fetcher(server), f"https://user@{HOST}:{server.port}/a", b"x").outcome is Outcome.REFUSED
    assert look(strict, "ftp://example.org/x", b"x").outcome is Outcome.REFUSED
    assert server.seen == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True), ("2606:4700::1111", True), ("10.1.2.3", False), ("169.254.169.254", False), ("100.64.0.1", False),
        ("127.0.0.1", False), ("0.0.0.0", False), ("224.0.0.1", False), ("::ffff:10.0.0.1", False), ("::ffff:8.8.8.8", True),
        ("64:ff9b::a00:1", False), ("2002:a00:1::", False), ("fe80::1%eth0", False), ("fd00::1", False), ("nonsense", False),
    ],
)  # fmt: skip
def test_what_counts_as_public(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_a_certificate_nobody_vouches_for_is_no_answer(server: TlsServer) -> None:
    server.answers["/a"] = (200, {}, b"x")
    unknown = Fetcher(LibraryRules(private_hosts=frozenset({HOST})), None, server.resolve)
    assert look(unknown, server.url("/a"), b"x").outcome is Outcome.UNREACHABLE
    wrong = fetcher(server, private_hosts=frozenset({"another.test"}))
    assert look(wrong, server.url("/a", "another.test"), b"x").outcome is Outcome.UNREACHABLE


def test_limits_of_size_and_time(server: TlsServer) -> None:
    server.answers["/big"] = (200, {}, b"x" * 300_000)
    small = look(fetcher(server, max_bytes=100_000), server.url("/big"), b"x")
    assert (small.outcome, "larger than 100,000" in small.detail) == (Outcome.UNREACHABLE, True)
    assert look(fetcher(server, seconds=0.000001), server.url("/big"), b"x").outcome is Outcome.UNREACHABLE


# -- registries ------------------------------------------------------------------------------------------------------------------

MANIFEST = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": {}, "layers": []}).encode()


def registry(server: TlsServer, body: bytes = MANIFEST) -> None:
    """Answers as registries do: a challenge, a token at another host, then the manifest (its digest in the header is a lie)."""
    challenge = f'Bearer realm="https://auth.{HOST}:{server.port}/token",service="reg",scope="repository:shop/web:pull"'

    def manifest(headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        if headers.get("authorization") != "Bearer t0k":
            return 401, {"WWW-Authenticate": challenge}, b"{}"
        return 200, {"Docker-Content-Digest": digest(MANIFEST), "Content-Type": "application/vnd.oci.image.manifest.v1+json"}, body

    for reference in ("1.4", digest(MANIFEST)):
        server.answers[f"/v2/shop/web/manifests/{reference}"] = manifest
    server.answers["/token?scope=repository%3Ashop%2Fweb%3Apull&service=reg"] = (200, {}, b'{"token": "t0k"}')


def test_an_image_by_tag_and_by_digest_with_an_anonymous_token(server: TlsServer) -> None:
    registry(server)
    found = fetcher(server)
    host = f"{HOST}:{server.port}"
    assert look(found, f"oci://{host}/shop/web:1.4", MANIFEST).outcome is Outcome.OK
    assert look(found, f"oci://{host}/shop/web@{digest(MANIFEST)}", MANIFEST).outcome is Outcome.OK
    assert "application/vnd.oci.image.index.v1+json" in server.seen[0][1]["accept"]
    moved = look(found, f"oci://{host}/shop/web:1.4", b"what it was")
    assert (moved.outcome, moved.found) == (Outcome.ALTERED, digest(MANIFEST))
    assert look(found, f"oci://{host}/shop/web:9", MANIFEST).outcome is Outcome.MISSING


def test_the_registrys_own_word_is_not_believed(server: TlsServer) -> None:
    registry(server, b'{"schemaVersion": 2, "layers": ["evil"]}')
    assert look(fetcher(server), f"oci://{HOST}:{server.port}/shop/web:1.4", MANIFEST).outcome is Outcome.ALTERED


def test_a_token_service_inside_the_house_is_not_asked(server: TlsServer) -> None:
    registry(server)
    narrow = fetcher(server, private_hosts=frozenset({HOST}))
    outcome = look(narrow, f"oci://{HOST}:{server.port}/shop/web:1.4", MANIFEST)
    assert (outcome.outcome, f"auth.{HOST}" in outcome.detail) == (Outcome.REFUSED, True)


def test_names_of_images() -> None:
    assert image_of("oci://nginx").url == "https://registry-1.docker.io/v2/library/nginx/manifests/latest"
    assert image_of("oci://docker.io/bitnami/redis:7").url == "https://registry-1.docker.io/v2/bitnami/redis/manifests/7"
    assert image_of("oci://gcr.io/shop/web:1@" + digest(b"")).reference == digest(b"")
    for bad in ("oci://gcr.io/../etc", "oci://gcr.io/Shop/web", "oci://gcr.io/a@md5:1", "oci://gcr.io/a:b c"):
        with pytest.raises(Refused):
            image_of(bad)


def test_a_reference_without_a_usable_digest_is_not_fetched() -> None:
    assert Fetcher(LibraryRules()).look(Reference(Place.HTTPS, "https://example.org/x", "")).outcome is Outcome.REFUSED


@pytest.mark.parametrize(
    "place",
    ["file:///a%00b", "file://[", f"https://{'a' * 70}.example/x", "https://xn--/x", "https://a..b/x", f"oci://{'a' * 70}.example/x:1"],
)
def test_what_is_no_place_at_all_is_refused_and_ends_no_round(place: str, tmp_path: Path) -> None:
    found = look(Fetcher(LibraryRules((tmp_path,), seconds=5)), place, b"x")
    assert (found.outcome, found.found) == (Outcome.REFUSED, None)
    assert found.detail
