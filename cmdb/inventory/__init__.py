"""Reads of the live graph: items, relationships, filters, pages, counts. Reads never write."""
