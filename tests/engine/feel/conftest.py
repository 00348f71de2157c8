"""Property tests here have no deadline of their own: other work on the machine may slow a single example."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
