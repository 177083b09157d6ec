"""Files below the library folders, read in pieces. See `rules`."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from baselines.library.rules import Deadline, LibraryRules, Missing, Refused, Unreachable

_CHUNK = 1 << 20


def allowed_path(location: str, rules: LibraryRules) -> Path:
    """The file a `file:` URL names, links resolved. Raises `Refused` where it lies outside of every library folder, `Missing`."""
    parts = urlsplit(location)
    if parts.netloc not in ("", "localhost"):
        raise Refused(f"a file on another machine ({parts.netloc[:80]}) cannot be read; use HTTPS")
    named = Path(unquote(parts.path))
    if not rules.folders:
        raise Refused("no library folder is set (CMDB_LIBRARY_FOLDERS)")
    if not named.is_absolute():
        raise Refused("a file is named by its whole path, file:///folder/name")
    found = Path(os.path.realpath(named))
    if not any(found.is_relative_to(os.path.realpath(folder)) for folder in rules.folders):
        raise Refused("the file lies outside of the library folders (CMDB_LIBRARY_FOLDERS)")
    return found


def chunks(path: Path, rules: LibraryRules, deadline: Deadline) -> Iterator[bytes]:
    """The content of a plain file. Raises `Missing`, `Unreachable`, `Refused`."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        raise Missing("there is no such file") from None
    except OSError as problem:
        raise Unreachable(f"the file cannot be read: {problem.strerror}") from None
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise Refused("this is no plain file")
        if status.st_size > rules.max_bytes:
            raise Unreachable(f"is larger than {rules.max_bytes:,} bytes")
        while piece := os.read(handle, _CHUNK):
            deadline.left()
            yield piece
    except OSError as problem:
        raise Unreachable(f"the file cannot be read: {problem.strerror}") from None
    finally:
        os.close(handle)
