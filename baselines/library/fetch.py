"""Looks at what a reference names and compares its digest (requirement 9.1-22). Reads only; never raises for what it finds."""

import hashlib
import ssl
from collections.abc import Callable, Iterable

from baselines.library import files, oci
from baselines.library.model import Looked, Outcome, Place, Reference
from baselines.library.rules import Deadline, LibraryRules, Missing, Refused, Resolve, Unreachable, addresses_of
from baselines.library.web import Web, check_status

Look = Callable[[Reference], Looked]
_ALGORITHMS = {"sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}


class Fetcher:
    """Looks at references under rules. Thread-safe."""

    def __init__(self, rules: LibraryRules, context: ssl.SSLContext | None = None, resolve: Resolve = addresses_of) -> None:
        self._rules = rules
        self._web = Web(rules, context, resolve)

    def look(self, reference: Reference) -> Looked:
        """How things stand there."""
        algorithm = reference.digest.partition(":")[0]
        if algorithm not in _ALGORITHMS:
            return Looked(Outcome.REFUSED, "no digest is laid down that it could be compared with")
        deadline = Deadline(self._rules.seconds)
        try:
            found, size = _digest(algorithm, self._content(reference, deadline))
        except Refused as problem:
            return Looked(Outcome.REFUSED, str(problem))
        except Missing as problem:
            return Looked(Outcome.MISSING, str(problem))
        except Unreachable as problem:
            return Looked(Outcome.UNREACHABLE, str(problem))
        except ValueError as problem:  # what libraries say of names, addresses and paths that are none (UnicodeError is one)
            return Looked(Outcome.REFUSED, f"{reference.location[:200]!r} is no place: {problem}"[:500])
        if found != reference.digest:
            return Looked(Outcome.ALTERED, f"has the digest {found}, not {reference.digest}", found, size)
        return Looked(Outcome.OK, f"{size:,} bytes have the digest laid down", found, size)

    def _content(self, reference: Reference, deadline: Deadline) -> Iterable[bytes]:
        if reference.place is Place.FILE:
            return files.chunks(files.allowed_path(reference.location, self._rules), self._rules, deadline)
        if reference.place is Place.OCI:
            return [oci.manifest(self._web, oci.image_of(reference.location), deadline)]
        if reference.place is Place.HTTPS:
            return self._download(reference.location, deadline)
        raise Refused(f"{reference.location.partition(':')[0][:20]} is no place the library looks at; use file, https or oci")

    def _download(self, url: str, deadline: Deadline) -> Iterable[bytes]:
        with self._web.get(url, deadline) as response:
            check_status(response.status_code, response.request.headers["host"])
            yield from self._web.chunks(response, deadline)


def _digest(algorithm: str, content: Iterable[bytes]) -> tuple[str, int]:
    running, size = _ALGORITHMS[algorithm](), 0
    for piece in content:
        running.update(piece)
        size += len(piece)
    return f"{algorithm}:{running.hexdigest()}", size
