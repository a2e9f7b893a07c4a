"""A campaign: people write, faults strike at moments drawn from a seed, and at the end sets are compared."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from core.jobs import Job
from core.store.connection import Connection, StoreSettings, open_store
from core.store.keys import name_of
from core.store.mailbox import Mailbox, job_id_of
from tests.chaos import verdicts
from tests.chaos.agent import Agent, Fault, serving
from tests.chaos.fleets import LEASE, Fleet, Member, Terms, fleet
from tests.chaos.keys import Key, keys_in
from tests.chaos.places import BotChat, Chat, Said, WebChat
from tests.wire.studio import grey_film
from tests.wire.telegram.server import bot_api
from tests.wire.valkey import Valkey, valkey

PREFIX = "photoreel"
FORGOTTEN = "Everything about this chat is deleted."


@dataclass(frozen=True, slots=True)
class Plan:
    """What happens. `strikes` are weights of the faults, `pause` the mean time (s) between two of them; `broken` is the
    share of the agent's answers that go wrong; `rounds` caps the number of strikes. `forgetful` chats use `/forget`."""

    seed: int
    chats: int = 8
    messages: int = 5
    strikes: dict[str, float] = field(default_factory=dict)
    pause: float = 0.7
    rounds: int = 12
    broken: float = 0.25
    videos: float = 0.4
    copies: int = 3
    forgetful: int = 1
    poison: int = 1
    settle: float = 60.0
    slowness: float = 1.0
    real: bool = True
    web: int = 2
    work: int = 4
    listen: int = 0
    bots: int = 0  # how many of the chats, the last ones, are with the bot on a chat platform
    lost_tokens: int = 0
    drain: float = 1.5
    lag: float = 0.0


@dataclass(slots=True)
class Story:
    """What a campaign has seen; `verdicts` looks through it."""

    plan: Plan
    agent: Agent
    chats: Sequence[Chat]
    accepted: set[tuple[int, int]] = field(default_factory=set)
    forgotten: dict[int, int] = field(default_factory=dict)  # chat → the first number that was written afterwards
    at_forgetting: dict[int, list[Said]] = field(default_factory=dict)
    struck: Counter[str] = field(default_factory=Counter)
    stops: list[float] = field(default_factory=list)
    recoveries: list[float] = field(default_factory=list)
    said: dict[int, Sequence[Said]] = field(default_factory=dict)
    jobs: dict[tuple[int, int], Job | None] = field(default_factory=dict)
    keys: Sequence[Key] = ()
    logs: str = ""
    wrong: Sequence[str] = ()  # what the chat platform's server would not let a careful person do
    early: Sequence[str] = ()  # calls before a pause that it had ordered was over
    secrets: Sequence[str] = ()
    quiet: bool = False

    @property
    def texts(self) -> int:
        """How many messages were accepted."""
        return len(self.accepted)


def mark(chat: int, number: int) -> str:
    """How a message is known again at the backend and in the chat."""
    return f"#{chat}.{number}"


class Campaign:
    """One run of a plan."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self._plan = plan
        self._folder = folder
        self._chance = random.Random(plan.seed)
        self._busy: set[str] = set()  # members that something befalls now

    async def run(self) -> Story:
        """Live through it; what is wrong is for `verdicts` to say."""
        plan = self._plan
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # what is killed may leave errors behind
        agent = Agent(
            film=grey_film(160, 90, 2),
            seed=plan.seed,
            faults=self._faults(),
            slowness=plan.slowness,
            lag=plan.lag,
            lost_tokens=plan.lost_tokens,
        )
        async with AsyncExitStack() as stack:
            server = stack.enter_context(valkey())
            await stack.enter_async_context(serving(agent))
            bots = await stack.enter_async_context(bot_api()) if plan.bots else None
            reached = {"TELEGRAM_BOT_TOKEN": bots.token, "TELEGRAM_API_URL": bots.url} if bots else {}
            terms = Terms(agent.url, drain=plan.drain, platforms=reached)
            ships = await stack.enter_async_context(
                fleet(server, self._folder, terms, real=plan.real, web=plan.web, work=plan.work, listen=plan.listen)
            )
            pages = [WebChat(ships.addresses, random.Random(f"{plan.seed}/{n}")) for n in range(plan.chats - plan.bots)]
            chats: list[Chat] = [*pages]
            if bots is not None:
                bots.floods.on = True
                chats += [BotChat(bots, bots.person(f"Person {number}")) for number in range(plan.bots)]
            story = Story(plan, agent, chats)
            striking = asyncio.create_task(self._strike(story, ships, server))
            await asyncio.gather(*(self._write(story, number) for number in range(plan.chats)))
            await striking
            store = await stack.enter_async_context(open_store(StoreSettings(server.url, self._folder)))
            await self._settle(story, store)
            await self._look(story, store)
            story.logs = "".join(one.read_text("utf-8", "replace") for one in self._folder.glob("*.log"))
            if bots is not None:
                story.wrong, story.early = [*bots.wrong], [str(call.method) for call in bots.floods.early]
                story.secrets = (bots.token,)
                bots.wrong.clear()
            for page in pages:
                await page.http.aclose()
        return story

    def _faults(self) -> dict[str, Fault]:
        plan, chance = self._plan, random.Random(f"{self._plan.seed}/faults")
        marks = [mark(chat, number) for chat in range(plan.chats) for number in range(plan.messages)]
        return {one: chance.choice(list(Fault)) for one in marks if chance.random() < plan.broken}

    # --- people -------------------------------------------------------------------------------------------------------

    async def _write(self, story: Story, number: int) -> None:
        """One chat's messages, some of them more than once."""
        chat, chance = story.chats[number], random.Random(f"{self._plan.seed}/people/{number}")
        for place in range(self._plan.messages):
            await asyncio.sleep(chance.uniform(0, 1.0))
            what = "edit" if chance.random() < self._plan.videos else "talk"
            text = f"{what} {mark(number, place)}"
            await chat.post(place, text, chance.randint(1, self._plan.copies))
            story.accepted.add((number, place))
            if number < self._plan.forgetful and place == self._plan.messages // 2:
                await self._forget(story, number, place + 1)

    async def _forget(self, story: Story, number: int, following: int) -> None:
        chat = story.chats[number]
        await chat.post(1000, "/forget", 1)
        asked = await _seen(chat, lambda one: any(label == "Delete everything" for label, _ in one.buttons))
        await chat.press(1001, asked, "Delete everything")
        await _seen(chat, lambda one: one.text.startswith(FORGOTTEN))
        story.at_forgetting[number] = list(await chat.said())
        story.forgotten[number] = following

    # --- faults -------------------------------------------------------------------------------------------------------

    async def _strike(self, story: Story, ships: Fleet, server: Valkey) -> None:
        """Strikes overlap, but no member is struck twice at once."""
        kinds, weights = list(self._plan.strikes), list(self._plan.strikes.values())
        async with asyncio.TaskGroup() as group:
            for _ in range(self._plan.rounds if kinds else 0):
                await asyncio.sleep(self._chance.expovariate(1 / self._plan.pause))
                kind = self._chance.choices(kinds, weights)[0]
                group.create_task(self._one(story, kind, ships, server))

    async def _one(self, story: Story, kind: str, ships: Fleet, server: Valkey) -> None:
        victim = "store" if kind.startswith("store") else kind.split()[-1]
        members = [one for one in ships.of(victim) if one.name not in self._busy]
        if victim == "store":
            if "store" in self._busy:
                return
            members = []
        elif not members:
            return
        member = self._chance.choice(members) if members else None
        name = member.name if member else "store"
        self._busy.add(name)
        story.struck[kind] += 1
        try:
            await (self._on_member(story, kind, member) if member else self._on_store(story, kind, server))
        finally:
            self._busy.discard(name)

    async def _on_member(self, story: Story, kind: str, member: Member) -> None:
        lease = LEASE
        match kind.split()[0]:
            case "kill":
                await member.kill()
                await asyncio.sleep(self._chance.uniform(0.0, 1.0))
                await member.start()
            case "term":
                story.stops.append(await member.stop())
                await member.start()
            case "freeze":
                await member.freeze(3 * lease)
            case "cut":
                member.line.cut()
                await asyncio.sleep(self._chance.uniform(0.2, 2.5) * lease)
                member.line.mend()
            case "lose":
                member.line.lose_reply(self._chance.randint(1, 3))

    async def _on_store(self, story: Story, kind: str, server: Valkey) -> None:
        match kind.split()[1]:
            case "kill":
                server.kill()
                await asyncio.sleep(self._chance.uniform(0.2, 1.0))
                await asyncio.to_thread(server.start)
            case "readonly":
                server.make_read_only()
                await asyncio.sleep(1.0)
                server.make_writable()
            case "full":
                server.fill()
                await asyncio.sleep(1.0)
                server.empty()
            case "slow":
                server.pause()
                await asyncio.sleep(0.7)
                server.resume()

    # --- the end ------------------------------------------------------------------------------------------------------

    async def _settle(self, story: Story, store: Connection) -> None:
        """Until nothing is open any more, or patience is over."""
        if self._plan.poison:
            await self._poison(story, store)
        began = time.monotonic()
        while time.monotonic() - began < self._plan.settle:
            await asyncio.sleep(0.3)
            if not verdicts.open_work(await keys_in(store.commands, PREFIX)):
                story.quiet = True
                break
        story.recoveries.append(time.monotonic() - began)

    async def _poison(self, story: Story, store: Connection) -> None:
        """A job that nobody can read, in front of one that anybody can."""
        number, place = 0, self._plan.messages
        chat = story.chats[number]
        name = name_of(chat.key)
        poisoned = job_id_of(chat.key, chat.inbound_id(place))
        async with store.commands.pipeline(transaction=True) as pipe:
            pipe.hset(store.keys.named("job", name)[: -len(name)] + poisoned, mapping={"message": "{", "v": "1"})
            pipe.expire(store.keys.named("job", name)[: -len(name)] + poisoned, 600)
            pipe.rpush(store.keys.named("jobs", name), poisoned)
            pipe.expire(store.keys.named("jobs", name), 600)
            await pipe.execute()
        await chat.post(place + 1, f"talk {mark(number, place + 1)}", 1)
        story.accepted.add((number, place + 1))

    async def _look(self, story: Story, store: Connection) -> None:
        mailbox = Mailbox(store, store.keys)
        for number, chat in enumerate(story.chats):
            story.said[number] = await chat.said()
        for number, place in story.accepted:
            chat = story.chats[number]
            story.jobs[number, place] = await mailbox.job(chat.key, job_id_of(chat.key, chat.inbound_id(place)))
        story.keys = await keys_in(store.commands, PREFIX)


async def _seen(chat: Chat, look: Callable[[Said], bool]) -> Said:
    async with asyncio.timeout(60):
        while True:
            for one in await chat.said():
                if look(one):
                    return one
            await asyncio.sleep(0.1)
