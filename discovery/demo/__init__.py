"""A demo estate, the Hillside Shop. See README.md in this folder."""

from discovery.demo.load import load_demo

__all__ = ["load_demo"]
