"""The same campaign with one guard of the product switched off must fail: a test that cannot fail is noticed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.chaos.campaign import Campaign
from tests.chaos.guards import GUARDS, SMALL
from tests.chaos.verdicts import violations

pytestmark = pytest.mark.anyio

TRIES = 5


@pytest.mark.parametrize("name", GUARDS)
async def test_without_the_guard_the_campaign_finds_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard = GUARDS[name]
    guard.off(monkeypatch)
    found: set[str] = set()
    for again in range(TRIES):  # faults strike at random, and what is broken does not show at every moment
        folder = tmp_path / f"{again}"
        folder.mkdir()
        plan = replace(guard.plan, seed=guard.plan.seed + 100 * again)
        found |= {fault.partition(":")[0] for fault in violations(await Campaign(plan, folder).run())}
        if found & set(guard.finds):
            return
    pytest.fail(f"it was not missed: {found}")


async def test_with_all_guards_it_finds_nothing(tmp_path: Path) -> None:
    strikes = {"kill work": 3.0, "kill web": 1.0, "freeze work": 1.0, "term work": 1.0, "readonly store": 1.0}
    plan = SMALL(seed=15, strikes=strikes, rounds=5, copies=3, broken=0.2, forgetful=1, poison=1, settle=30.0)
    assert violations(await Campaign(plan, tmp_path).run()) == []
