"""One checker for each kind of value: takes what a source sent, gives the canonical value or says what is wrong. Pure.

A checker is a closure made once for an attribute; the good, plain value takes the short way through it. Canonical means: two sources that
mean the same send the same (trimmed, NFC, lower-case MAC, shortest IPv6, UTC time), so that claims compare and digests agree. Empty text is
None: nothing was said.
"""

import ipaddress
import math
import re
import unicodedata
from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from cmdb.kernel.clock import from_text, to_text
from cmdb.model.item import Scalar
from cmdb.model.problems import Code
from cmdb.model.types import AttributeDef, Kind

Checker = Callable[[Any], Scalar | None]

MAX_LENGTH = {Kind.STRING: 1_000, Kind.TEXT: 20_000, Kind.URL: 4_000, Kind.EMAIL: 254, Kind.VERSION: 200, Kind.HOSTNAME: 253}
"""Default longest value of the text kinds, in characters after trimming."""
INTEGER_MIN, INTEGER_MAX = -(2**63), 2**63 - 1

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_INVISIBLE = frozenset("\u00ad\u180e\u200b\u2060\u2061\u2062\u2063\u2064\ufeff\ufff9\ufffa\ufffb")
_NO_TEXT = frozenset({"Cc", "Cs"})
_NO_LINE = frozenset({"Cc", "Cs", "Zl", "Zp"})
_MAC = re.compile(r"[0-9a-f]{12}|[0-9a-f]{16}|[0-9a-f]{40}")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_EMAIL = re.compile(r"[^\s@<>\"(),:;\[\]]{1,64}@[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}")
_SECRET_PLACE = re.compile(r"sha256:[0-9a-f]{64}|(vault|env|file|arn|k8s|op|keyring|aws-sm|gcp-sm|azure-kv):\S{1,900}")
_SCRIPT_SCHEMES = frozenset({"javascript", "data", "vbscript", "blob"})


class WrongValue(Exception):
    """What is wrong with one value: a stable code, the rule in words, and whether the value may be shown."""

    def __init__(self, code: Code, rule: str, *, shown: bool = True) -> None:
        super().__init__(rule)
        self.code = code
        self.rule = rule
        self.shown = shown


def checker_of(attribute: AttributeDef) -> Checker:
    """The checker of a single value of this attribute."""
    kind = attribute.kind
    if attribute.secret:
        return _secret
    if kind is Kind.TEXT:
        return text(attribute.max_length or MAX_LENGTH[kind], attribute.pattern)
    if kind is Kind.STRING:
        return line(attribute.max_length or MAX_LENGTH[kind], attribute.pattern)
    if kind is Kind.INTEGER:
        return _integer(attribute)
    if kind is Kind.NUMBER:
        return _number(attribute)
    if kind is Kind.BOOLEAN:
        return _boolean
    if kind is Kind.ENUM:
        return choice(attribute.enum)
    if kind in (Kind.URL, Kind.EMAIL, Kind.VERSION, Kind.HOSTNAME):
        # the pattern looks at the canonical form
        return _formatted(_FORMATS[kind], line(attribute.max_length or MAX_LENGTH[kind], None), _matcher(attribute.pattern))
    return _formatted(_FORMATS[kind], line(1_000, None), None)


def line(longest: int, pattern: str | None) -> Checker:
    """One line of text."""
    match = _matcher(pattern)

    def check(value: Any) -> str | None:
        if value.__class__ is str and value.isprintable() and len(value) <= longest and value.isascii():
            found = value.strip()
        else:
            found = _plain(value, longest, _NO_LINE, one_line=True)
        if match is not None and found:
            match(found)
        return found or None

    return check


def text(longest: int, pattern: str | None) -> Checker:
    """Several lines of text; line ends become `\\n`."""
    match = _matcher(pattern)

    def check(value: Any) -> str | None:
        if value.__class__ is str and value.isprintable() and len(value) <= longest and value.isascii():
            found = value.strip()
        else:
            found = _plain(value, longest, _NO_TEXT, one_line=False)
        if match is not None and found:
            match(found)
        return found or None

    return check


def choice(values: tuple[str, ...], code: Code = Code.NOT_IN_ENUM) -> Checker:
    """One of `values`, exactly as written."""
    known = frozenset(values)
    shown = ", ".join(values[:20]) + (f" and {len(values) - 20} more" if len(values) > 20 else "")
    folded = {value.casefold(): value for value in values}

    def check(value: Any) -> str | None:
        if value.__class__ is str and value in known:
            return str(value)
        if not isinstance(value, str):
            raise _kind("one of " + shown)
        if not value.strip():
            return None
        near = folded.get(value.strip().casefold()[:300])
        raise WrongValue(code, f"must be one of {shown}" + (f"; did you mean {near!r}?" if near else ""))

    return check


def _kind(expected: str) -> WrongValue:
    return WrongValue(Code.WRONG_KIND, f"must be {expected}")


def _format(expected: str) -> WrongValue:
    return WrongValue(Code.BAD_FORMAT, f"must be {expected}")


def _matcher(pattern: str | None) -> Callable[[str], None] | None:
    if pattern is None:
        return None
    compiled = re.compile(pattern)

    def match(value: str) -> None:
        if not compiled.fullmatch(value):
            raise WrongValue(Code.BAD_PATTERN, f"must match {pattern[:100]}")

    return match


def _plain(value: Any, longest: int, forbidden: frozenset[str], *, one_line: bool) -> str:
    """Text by the long way: other scripts, line ends, and everything that is to be refused."""
    if not isinstance(value, str):
        raise _kind("a text")
    if len(value) > 2 * longest + 1_000:  # before any work: a value of a megabyte costs nothing
        raise _too_long(len(value), longest)
    found = str(value)
    if not one_line:
        found = found.replace("\r\n", "\n").replace("\r", "\n")
    try:
        found = unicodedata.normalize("NFC", found).strip()
    except UnicodeError:
        raise WrongValue(Code.BAD_CHARACTERS, "must be whole Unicode characters") from None
    for at, char in enumerate(found):
        if not char.isprintable() and not (char in "\n\t" and not one_line):
            _refuse(char, at, forbidden, one_line)
    if len(found) > longest:
        raise _too_long(len(found), longest)
    return found


def _refuse(char: str, at: int, forbidden: frozenset[str], one_line: bool) -> None:
    category = unicodedata.category(char)
    name = f"U+{ord(char):04X} at character {at + 1}"
    if category == "Cs":
        raise WrongValue(Code.BAD_CHARACTERS, f"must be whole Unicode characters; {name} is half of a pair")
    if category in forbidden:
        raise WrongValue(Code.BAD_CHARACTERS, f"must hold no control characters{' or line ends' if one_line else ''}; found {name}")
    if (ord(char) & 0xFFFE) == 0xFFFE or 0xFDD0 <= ord(char) <= 0xFDEF:
        raise WrongValue(Code.BAD_CHARACTERS, f"must be characters of Unicode; {name} is none")
    if one_line and (char in _BIDI or char in _INVISIBLE):
        raise WrongValue(Code.BAD_CHARACTERS, f"must hold no invisible characters that turn or split the text; found {name}")


def _too_long(length: int, longest: int) -> WrongValue:
    return WrongValue(Code.TOO_LONG, f"must have at most {longest:,} characters, not {length:,}")


def _integer(attribute: AttributeDef) -> Checker:
    low = INTEGER_MIN if attribute.minimum is None else max(INTEGER_MIN, math.ceil(attribute.minimum))
    high = INTEGER_MAX if attribute.maximum is None else min(INTEGER_MAX, math.floor(attribute.maximum))

    def check(value: Any) -> int:
        if value.__class__ is not int:
            raise _kind("a whole number, not text or a fraction")
        if low <= value <= high:
            return int(value)
        raise _range(attribute) if INTEGER_MIN <= value <= INTEGER_MAX else WrongValue(Code.OUT_OF_RANGE, "must fit 64 bits")

    return check


def _number(attribute: AttributeDef) -> Checker:
    low = -math.inf if attribute.minimum is None else attribute.minimum
    high = math.inf if attribute.maximum is None else attribute.maximum

    def check(value: Any) -> float:
        if value.__class__ is not float:
            if value.__class__ is not int:
                raise _kind("a number, not text")
            if not INTEGER_MIN <= value <= INTEGER_MAX:
                raise WrongValue(Code.OUT_OF_RANGE, "must fit 64 bits")
        if not math.isfinite(value):
            raise WrongValue(Code.OUT_OF_RANGE, "must be finite, neither NaN nor infinite")
        if low <= value <= high:
            return float(value) + 0.0  # -0.0 becomes 0.0
        raise _range(attribute)

    return check


def _range(attribute: AttributeDef) -> WrongValue:
    low, high, unit = attribute.minimum, attribute.maximum, f" {attribute.unit}" if attribute.unit else ""
    if low is not None and high is not None:
        return WrongValue(Code.OUT_OF_RANGE, f"must be from {low} to {high}{unit}")
    return WrongValue(Code.OUT_OF_RANGE, f"must be at least {low}{unit}" if low is not None else f"must be at most {high}{unit}")


def _boolean(value: Any) -> bool:
    if value is True or value is False:
        return bool(value)
    raise _kind("true or false")


def _secret(value: Any) -> str | None:
    if not isinstance(value, str):
        raise WrongValue(Code.WRONG_KIND, "must be a text", shown=False)
    found = value.strip()
    if found and not _SECRET_PLACE.fullmatch(found):
        rule = "must not be the secret itself; give sha256:<digest> or the place it is kept (vault:, env:, file:, k8s:, arn: ...)"
        raise WrongValue(Code.SECRET_IN_CLEAR, rule, shown=False)
    return found or None


def _formatted(convert: Callable[[str], str], first: Checker, match: Callable[[str], None] | None) -> Checker:
    def check(value: Any) -> str | None:
        found = first(value)
        if found is None:
            return None
        canonical = convert(str(found))
        if match is not None:
            match(canonical)
        return canonical

    return check


def _date(value: str) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise _format("a date such as 2026-11-23") from None


def _datetime(value: str) -> str:
    try:
        return to_text(from_text(value))
    except (ValueError, OverflowError):
        raise _format("a time with its offset, such as 2026-11-23T10:00:00Z") from None


def _ip(value: str) -> str:
    try:
        return str(ipaddress.ip_address(value.split("%", 1)[0]))  # the zone of a link-local address means something on one host only
    except ValueError:
        raise _format("an IPv4 or IPv6 address without prefix length") from None


def _cidr(value: str) -> str:
    try:
        if "/" in value:
            return str(ipaddress.ip_network(value))
    except ValueError as problem:
        if "host bits" in str(problem):
            network = ipaddress.ip_network(value, strict=False)
            raise _format(f"a network without host bits; did you mean {network}?") from None
    raise _format("a network such as 10.1.0.0/16")


def _mac(value: str) -> str:
    digits = value.lower().translate({ord(char): None for char in ":-. "})
    if not _MAC.fullmatch(digits):
        raise _format("a hardware address of 6, 8 or 20 bytes, such as 00:1b:2c:3d:4e:5f")
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))


def _hostname(value: str) -> str:
    found = value.lower().rstrip(".")
    if not found.isascii():
        raise _format("a host name in ASCII; write other scripts as xn--...")
    if not found or not all(_LABEL.fullmatch(label) for label in found.split(".")):
        raise _format("a host name of letters, digits, - and _, each part at most 63 characters")
    return found


def _url(value: str) -> str:
    try:
        parts = urlsplit(value)
        password, _ = parts.password, parts.port
    except ValueError:
        raise _format("an absolute URL") from None
    if password:
        raise WrongValue(Code.SECRET_IN_CLEAR, "must hold no password", shown=False)
    if not parts.scheme or not (parts.netloc or parts.path) or any(char.isspace() for char in value):
        raise _format("an absolute URL, such as https://wiki.example.org/page")
    if parts.scheme in _SCRIPT_SCHEMES:
        raise _format("an address, not a script")
    return urlunsplit(parts._replace(netloc=parts.netloc.lower()))


def _email(value: str) -> str:
    if not _EMAIL.fullmatch(value):
        raise _format("a mail address such as ops@example.org")
    name, _, domain = value.rpartition("@")
    return f"{name}@{domain.lower()}"


def _version(value: str) -> str:
    if any(char.isspace() for char in value):
        raise _format("a version without white space")
    return value


def _by_pattern(pattern: re.Pattern[str], expected: str, *, lower: bool = True) -> Callable[[str], str]:
    def convert(value: str) -> str:
        found = value.lower() if lower else value
        if not pattern.fullmatch(found):
            raise _format(expected)
        return found

    return convert


_FORMATS: dict[Kind, Callable[[str], str]] = {
    Kind.DATE: _date,
    Kind.DATETIME: _datetime,
    Kind.IP: _ip,
    Kind.CIDR: _cidr,
    Kind.MAC: _mac,
    Kind.HOSTNAME: _hostname,
    Kind.URL: _url,
    Kind.EMAIL: _email,
    Kind.VERSION: _version,
    Kind.DIGEST: _by_pattern(_DIGEST, "sha256:, sha384: or sha512: and as many hexadecimal digits as it has"),
    Kind.UUID: _by_pattern(_UUID, "a UUID such as 123e4567-e89b-12d3-a456-426614174000"),
    Kind.REFERENCE: _by_pattern(_REFERENCE, "the id of an item", lower=False),
}
