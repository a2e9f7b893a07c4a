"""Premises for tests that break things, as tests of turns have them: one set for all that run in this process."""

from __future__ import annotations

from tests.core.turns.conftest import Build, anyio_backend, build, ground

__all__ = ["Build", "anyio_backend", "build", "ground"]
