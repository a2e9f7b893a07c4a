"""Nothing heavy is loaded that is not wanted: no studio for a far backend, no SDK of a platform that is not served."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"studio", "telegram", "discord", "PIL", "av", "numpy"}


@pytest.mark.parametrize("module", ["bot.processes", "bot.make", "bot.doctor"])
def test_what_is_not_wanted_is_not_loaded(module: str) -> None:
    program = f"import sys, {module}; print({HEAVY!r} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.strip() == "set()"
