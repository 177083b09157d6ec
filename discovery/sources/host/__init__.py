"""The machine this runs on as a source. See README.md in this folder."""

from discovery.sources.host.collect import HostSource
from discovery.sources.host.model import HostConfig, HostFacts
from discovery.sources.host.parse import parse

__all__ = ["HostConfig", "HostFacts", "HostSource", "parse"]
