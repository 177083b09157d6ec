"""Debian's archive as a source: every package it offers and what it needs. See README.md in this folder."""

from discovery.sources.debian.collect import DebianSource
from discovery.sources.debian.model import DebianConfig
from discovery.sources.debian.parse import parse

__all__ = ["DebianConfig", "DebianSource", "parse"]
