"""Purchases of tests/web, for the queries of their pages."""

from tests.web.conftest import purchase, purchases

__all__ = ["purchase", "purchases"]
