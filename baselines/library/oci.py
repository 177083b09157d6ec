"""Images in a registry: the manifest, fetched and hashed by us (OCI distribution specification 1.1, "Pulling manifests").

The registry's own word (`Docker-Content-Digest`) is not believed: the digest is computed over the bytes it sent. Where a registry wants a
token, an anonymous one is asked for at the place it names, over HTTPS and under the same rules.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import orjson

from baselines.library.rules import Deadline, Refused, Unreachable
from baselines.library.web import Web, check_status

if TYPE_CHECKING:
    import httpx

MANIFEST_BYTES = 8_000_000
_TOKEN_BYTES = 200_000
_ACCEPT = ", ".join(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)
_NAME = re.compile(r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_DIGEST = re.compile(r"sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})")
_PART = re.compile(r'(\w+)="([^"]*)"')
HUB, HUB_API = "docker.io", "registry-1.docker.io"


@dataclass(frozen=True, slots=True)
class Image:
    """An image by registry, repository and what names it there: a digest or a tag."""

    registry: str
    repository: str
    reference: str

    @property
    def url(self) -> str:
        host = HUB_API if self.registry in (HUB, "index.docker.io") else self.registry
        return f"https://{host}/v2/{self.repository}/manifests/{self.reference}"


def image_of(location: str) -> Image:
    """`oci://registry/repository:tag` or `...@sha256:...`. A name without a registry is one of Docker Hub. Raises `Refused`."""
    text = location.removeprefix("oci://")
    name, _, digest = text.partition("@")
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        registry, repository = first, rest
    else:
        registry, repository = HUB, name
    repository, _, tag = repository.partition(":")
    if registry == HUB and "/" not in repository:
        repository = f"library/{repository}"
    if not _NAME.fullmatch(repository) or (tag and not _TAG.fullmatch(tag)) or (digest and not _DIGEST.fullmatch(digest)):
        raise Refused(f"{location[:200]} names no image: write oci://registry/repository:tag or ...@sha256:digest")
    return Image(registry, repository, digest or tag or "latest")


def manifest(web: Web, image: Image, deadline: Deadline) -> bytes:
    """The manifest (or index) of an image. Raises `Missing`, `Unreachable`, `Refused`."""
    headers = {"Accept": _ACCEPT}
    for attempt in (1, 2):
        with web.get(image.url, deadline, headers) as response:
            if response.status_code == 401 and attempt == 1:
                headers["Authorization"] = f"Bearer {_token(web, response, image, deadline)}"
                continue
            check_status(response.status_code, image.registry)
            return b"".join(web.chunks(response, deadline, MANIFEST_BYTES))
    raise Unreachable(f"{image.registry} wants a sign-in")


def _token(web: Web, response: "httpx.Response", image: Image, deadline: Deadline) -> str:
    """An anonymous token, as the registry's challenge says."""
    scheme, _, rest = response.headers.get("www-authenticate", "").partition(" ")
    parts = dict(_PART.findall(rest))
    if scheme.lower() != "bearer" or "realm" not in parts:
        raise Unreachable(f"{image.registry} wants a sign-in that the library does not have")
    asked = {"scope": parts.get("scope", f"repository:{image.repository}:pull")}
    if "service" in parts:
        asked["service"] = parts["service"]
    joint = "&" if "?" in parts["realm"] else "?"
    with web.get(f"{parts['realm']}{joint}{urlencode(asked)}", deadline) as answer:
        check_status(answer.status_code, f"the token service of {image.registry}")
        data = b"".join(web.chunks(answer, deadline, _TOKEN_BYTES))
    try:
        body: Any = orjson.loads(data)
        token = body.get("token") or body.get("access_token")
    except (orjson.JSONDecodeError, AttributeError):
        token = None
    if not isinstance(token, str) or not token.isascii() or not token.isprintable():
        raise Unreachable(f"the token service of {image.registry} gave no token")
    return token
