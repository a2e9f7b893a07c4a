"""Two machines with addresses of their own, cut off from the store and healed again."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.chaos.fleets import ROOT
from tests.chaos.machines import missing, why_not


def test_a_machine_that_is_cut_off_loses_nothing_and_does_nothing_twice() -> None:
    """In a process of its own, whose network is its own."""
    if reason := why_not():
        if missing() and os.environ.get("CI"):  # `.ci/run` installs them
            pytest.fail(reason)
        pytest.skip(reason)
    campaign = [sys.executable, "-m", "tests.chaos", "--machines", "--only", "1", "--seed", "1"]
    played = subprocess.run(campaign, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert played.returncode == 0, played.stdout + played.stderr
