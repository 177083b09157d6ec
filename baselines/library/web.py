"""HTTPS, carefully: each hop checked, connected to the address that was checked, bounded in bytes and seconds. See `rules`."""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from baselines.library.rules import Deadline, LibraryRules, Missing, Refused, Resolve, Unreachable, addresses_of, checked_address

if TYPE_CHECKING:
    import httpx

HOPS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PATIENCE = 20.0  # seconds without a byte


class Web:
    """Fetches over HTTPS. `context`: whom to trust (None: the usual authorities); `resolve`: how names become addresses."""

    def __init__(self, rules: LibraryRules, context: ssl.SSLContext | None = None, resolve: Resolve = addresses_of) -> None:
        self._rules, self._context, self._resolve = rules, context, resolve

    @contextmanager
    def get(self, url: str, deadline: Deadline, headers: Mapping[str, str] | None = None) -> Iterator["httpx.Response"]:
        """The answer, redirects followed, its body not read. Headers go to the first host only. Raises `Refused`, `Unreachable`."""
        import httpx

        given = {"Accept-Encoding": "identity", "User-Agent": "cmdb-library", **(headers or {})}
        try:
            with httpx.Client(verify=self._context or ssl.create_default_context(), trust_env=False, follow_redirects=False) as client:
                for _ in range(HOPS + 1):
                    host = httpx.URL(url).host
                    response = client.send(self._request(client, url, deadline, given), stream=True)
                    try:
                        if response.status_code not in _REDIRECTS or "location" not in response.headers:
                            yield response
                            return
                        url = urljoin(url, response.headers["location"])
                    finally:
                        response.close()
                    if httpx.URL(url).host != host:
                        given.pop("Authorization", None)
                raise Unreachable(f"was redirected more than {HOPS} times")
        except httpx.InvalidURL as problem:
            raise Refused(f"{url[:200]} is no URL: {problem}") from None
        except httpx.TransportError as problem:
            raise Unreachable(f"{type(problem).__name__}: {problem}"[:300]) from None

    def _request(self, client: "httpx.Client", url: str, deadline: Deadline, headers: Mapping[str, str]) -> "httpx.Request":
        import httpx

        parsed = httpx.URL(url)
        if parsed.scheme != "https" or not parsed.host:
            raise Refused(f"{parsed.scheme}://{parsed.host} is not HTTPS")
        if parsed.userinfo:
            raise Refused("an address with a name or password in it is not used")
        address = checked_address(self._rules, parsed.host, parsed.port or 443, self._resolve)
        patience = min(_PATIENCE, deadline.left())
        return client.build_request(
            "GET",
            parsed.copy_with(host=address),
            headers={**headers, "Host": parsed.netloc.decode("ascii")},
            timeout=httpx.Timeout(patience, connect=min(10.0, patience)),
            extensions={"sni_hostname": parsed.host},
        )

    def chunks(self, response: "httpx.Response", deadline: Deadline, most: int | None = None) -> Iterator[bytes]:
        """The body as it came. Raises `Unreachable` where it is too large or too slow."""
        import httpx

        limit = most or self._rules.max_bytes
        total = 0
        try:
            for chunk in response.iter_raw(1 << 16):
                total += len(chunk)
                if total > limit:
                    raise Unreachable(f"is larger than {limit:,} bytes")
                deadline.left()
                yield chunk
        except httpx.TransportError as problem:
            raise Unreachable(f"broke off after {total:,} bytes: {type(problem).__name__}") from None


def check_status(status: int, where: str) -> None:
    """Raise what a status other than 200 means."""
    if status in (404, 410):
        raise Missing(f"{where} answers {status}: there is no such thing")
    if status in (401, 403):
        raise Unreachable(f"{where} answers {status}: it wants a sign-in that the library does not have")
    if status != 200:
        raise Unreachable(f"{where} answers {status}")
