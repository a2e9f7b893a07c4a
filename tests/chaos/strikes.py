"""What befalls processes, machines, the store and the platforms, at moments drawn from a seed."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from tests.chaos.fleets import LEASE, Fleet, Member
from tests.chaos.machines import Machine
from tests.chaos.places import Platform
from tests.chaos.recovery import Fences, held_by, held_by_any, taken_over
from tests.chaos.story import Story
from tests.wire.valkey import Valkey

ORDERED = 2  # seconds of a pause that a platform orders
RIPE = 10.0  # seconds in which a blow waits for work that it can interrupt

Blow = Callable[[str], Awaitable[None]]
"""Takes the verb: what is done."""


class Strikes:
    """All that strikes in one campaign. A strike is a verb and what it befalls ("kill work")."""

    def __init__(self, story: Story, ships: Fleet, server: Valkey, platforms: Sequence[Platform]) -> None:
        self._story = story
        self._ships = ships
        self._server = server
        self._platforms = platforms
        self._chance = random.Random(story.plan.seed)
        self._busy: set[str] = set()
        self._watches: set[asyncio.Task[None]] = set()

    async def storm(self) -> None:
        """Once somebody is served. Strikes overlap, but nobody is struck twice at once."""
        plan = self._story.plan
        while not self._story.accepted:
            await asyncio.sleep(0.1)
        async with asyncio.TaskGroup() as group:
            for _ in range(plan.rounds if plan.strikes else 0):
                await asyncio.sleep(self._chance.expovariate(1 / plan.pause))
                [kind] = self._chance.choices(list(plan.strikes), list(plan.strikes.values()))
                if self._story.struck[kind] < plan.most.get(kind, plan.rounds):
                    group.create_task(self._strike(kind))
        await asyncio.gather(*self._watches)

    async def _strike(self, kind: str) -> None:
        verb, what = kind.split()
        free = {name: blow for name, blow in self._victims(what).items() if name not in self._busy}
        if not free:
            return
        name = self._chance.choice(list(free))
        self._story.struck[kind] += 1
        self._busy.add(name)
        try:
            await free[name](verb)
        finally:
            self._busy.discard(name)

    def _victims(self, what: str) -> Mapping[str, Blow]:
        match what:
            case "store":
                return {"store": self._on_store}
            case "platform":
                return {str(number): partial(self._on_platform, one) for number, one in enumerate(self._platforms)}
            case "machine":
                return {one.name: partial(self._on_machine, one) for one in self._ships.machines}
            case _:
                return {one.name: partial(self._on_member, one) for one in self._ships.of(what)}

    async def _on_member(self, member: Member, verb: str) -> None:
        match verb:
            case "kill":
                await self._kill(member)
                await self._again(member)
            case "orphan":
                await self._orphan(member)
            case "term":
                self._story.stops.append(await member.stop())
                await member.start()
            case "freeze":
                await member.freeze(3 * LEASE)
            case "cut":
                member.line.cut()
                await asyncio.sleep(self._chance.uniform(0.2, 2.5) * LEASE)
                member.line.mend()
            case "lose":
                member.line.lose_reply(self._chance.randint(1, 3))

    async def _kill(self, member: Member) -> None:
        await member.kill()
        if member.kind != "work":
            self._story.deaths.append(time.monotonic())

    async def _again(self, member: Member) -> None:
        await asyncio.sleep(self._chance.uniform(0.0, 1.0))
        await member.start()

    async def _orphan(self, member: Member) -> None:
        """Kill a worker that has work in hand while all are there, and watch how soon others go on with it. Where that
        does not come to be, nothing is struck."""
        crew, end = self._ships.of("work"), time.monotonic() + RIPE
        while time.monotonic() < end:
            held = await held_by(self._server.socket, member.owner)
            if held and all(one.is_up for one in crew):
                await member.kill()
                self._watches.add(asyncio.create_task(self._watch(held, time.monotonic())))
                await self._again(member)
                return
            await asyncio.sleep(0.1)
        self._story.struck["orphan work"] -= 1

    async def _watch(self, held: Fences, died: float) -> None:
        self._story.recoveries.append(await taken_over(self._server.socket, held, died))

    async def _on_machine(self, machine: Machine, verb: str) -> None:
        """Cut off for less than a lease; or for longer, while its workers have something in hand that others then take
        over."""
        shortly = self._chance.random() < 0.3
        if not shortly:
            owners = {one.owner for one in self._ships.of("work") if one.place is machine}
            await held_by_any(self._server.socket, owners, RIPE)
        await machine.cut_off()
        await asyncio.sleep(LEASE * (self._chance.uniform(0.2, 0.7) if shortly else self._chance.uniform(2.0, 3.5)))
        await machine.heal()

    async def _on_platform(self, platform: Platform, verb: str) -> None:
        platform.pause(self._chance, ORDERED)
        await asyncio.sleep(ORDERED)

    async def _on_store(self, verb: str) -> None:
        server = self._server
        match verb:
            case "kill":
                server.kill()
                await asyncio.sleep(self._chance.uniform(0.2, 1.0))
                await asyncio.to_thread(server.start)
            case "readonly":
                server.make_read_only()
                await asyncio.sleep(1.0)
                server.make_writable()
            case "fill":
                server.fill()
                await asyncio.sleep(1.0)
                server.empty()
            case "slow":
                server.pause()
                await asyncio.sleep(0.7)
                server.resume()
