"""Identifiers: time-ordered, 26 characters of Crockford's base 32, so that pages by id follow creation and indexes stay compact."""

import hashlib
import os
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id() -> str:
    """A fresh id: 48 bits of milliseconds, 80 random bits (the ULID layout), lower case."""
    number = (time.time_ns() // 1_000_000 << 80) | int.from_bytes(os.urandom(10), "big")
    out = []
    for _ in range(26):
        out.append(_ALPHABET[number & 31])
        number >>= 5
    return "".join(reversed(out))


def relation_id(relation_type: str, source_id: str, target_id: str) -> str:
    """The id of the one relationship of this type between two items: the same wherever it is computed, so that a retry cannot double it."""
    return "r" + hashlib.sha256(f"{relation_type}|{source_id}|{target_id}".encode()).hexdigest()[:25]
