"""NetBox as a source: sites, racks, devices, cables, power, addresses, virtual machines. See README.md in this folder."""

from discovery.sources.netbox.collect import NetBoxSource
from discovery.sources.netbox.model import NetBoxConfig
from discovery.sources.netbox.parse import parse

__all__ = ["NetBoxConfig", "NetBoxSource", "parse"]
