"""A campaign: people write, faults strike at moments drawn from a seed, and at the end sets are compared."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from core.jobs import Job
from core.store.connection import Connection, StoreSettings, open_store
from core.store.keys import name_of
from core.store.mailbox import Mailbox, job_id_of
from tests.chaos.agent import Agent, Fault, serving
from tests.chaos.discord_places import discord
from tests.chaos.endings import watched
from tests.chaos.fleets import Fleet, Terms, fleet
from tests.chaos.keys import keys_in
from tests.chaos.machines import HERE, two_machines
from tests.chaos.pictures import picture
from tests.chaos.places import Chat, Platform, Said, WebChat, Words
from tests.chaos.story import Plan, Story, mark
from tests.chaos.strikes import Strikes
from tests.chaos.telegram_places import telegram
from tests.chaos.verdicts import open_work
from tests.wire.studio import grey_film
from tests.wire.valkey import Valkey, valkey

PREFIX = "photoreel"
FORGET = "Delete everything"
FORGOTTEN = "Everything about this chat is deleted."
PATIENCE = 20.0  # seconds in which something must happen, wherever, while somebody waits
ASKED = 4  # times


@dataclass(frozen=True, slots=True)
class Stage:
    """What a campaign is played on."""

    server: Valkey
    agent: Agent
    platforms: Sequence[Platform]
    ships: Fleet
    chats: Sequence[Chat]


class Campaign:
    """One run of a plan."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self._plan = plan
        self._folder = folder

    async def run(self) -> Story:
        """Live through it; what is wrong is for `verdicts` to say."""
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # what is killed may leave errors behind
        async with self._staged() as stage:
            story = Story(self._plan, stage.agent, stage.chats)
            async with watched(stage.server.socket) as endings:
                await self._live(story, stage)
            story.changed = endings.changed
            story.fallen = [one.name for one in stage.ships.members if one.has_fallen]
            story.witnesses = [one.witness() for one in stage.platforms]
        story.logs = "".join(one.read_text("utf-8", "replace") for one in self._folder.glob("*.log"))
        return story

    async def _live(self, story: Story, stage: Stage) -> None:
        striking = asyncio.create_task(Strikes(story, stage.ships, stage.server, stage.platforms).storm())
        await asyncio.gather(*(self._write(story, number) for number in range(len(story.chats))))
        if story.accepted:
            await striking
        else:  # it waits for the first one who is served
            striking.cancel()
        async with open_store(StoreSettings(stage.server.url, self._folder)) as store:
            await self._settle(story, store)
            await self._look(story, store)

    @asynccontextmanager
    async def _staged(self) -> AsyncIterator[Stage]:
        plan = self._plan
        agent = Agent(
            film=grey_film(160, 90, 2),
            seed=plan.seed,
            faults=self._faults(),
            slowness=plan.slowness,
            lag=plan.lag,
            lost_tokens=plan.lost_tokens,
        )
        async with AsyncExitStack() as stack:
            enter = stack.enter_async_context
            places = stack.enter_context(two_machines()) if plan.machines else [HERE]
            server = stack.enter_context(valkey(**places[0].store_options))
            await enter(serving(agent))
            platforms: dict[Platform, int] = {}
            if plan.telegram:
                platforms[await enter(telegram())] = plan.telegram
            if plan.discord:
                platforms[await enter(discord())] = plan.discord
            reached = {name: value for one in platforms for name, value in one.settings.items()}
            for place in places:
                await enter(place.reaching(agent.url, *(one.url for one in platforms)))
            terms = Terms(agent.url, drain=plan.drain, platforms=reached, without=plan.without)
            crew = {"web": plan.web, "listen": plan.listen, "work": plan.work}
            ships = await enter(fleet(server, self._folder, terms, crew, places, real=plan.real))
            pages = [WebChat(ships.addresses, random.Random(f"{plan.seed}/{n}")) for n in range(self._pages)]
            for page in pages:
                await enter(page.http)
            chats = [*pages, *(chat for one, count in platforms.items() for chat in one.chats(count, f"{plan.seed}"))]
            yield Stage(server, agent, list(platforms), ships, chats)

    @property
    def _pages(self) -> int:
        return self._plan.chats - self._plan.telegram - self._plan.discord

    def _faults(self) -> dict[str, Fault]:
        plan, chance = self._plan, random.Random(f"{self._plan.seed}/faults")
        marks = [mark(chat, number) for chat in range(plan.chats) for number in range(plan.messages)]
        return {one: chance.choice(list(Fault)) for one in marks if chance.random() < plan.broken}

    # --- people -------------------------------------------------------------------------------------------------------

    async def _write(self, story: Story, number: int) -> None:
        """One chat's messages, some of them more than once."""
        chance = random.Random(f"{self._plan.seed}/people/{number}")
        for place in range(self._plan.messages):
            await asyncio.sleep(chance.uniform(0, self._plan.rest))
            await self._say(story, number, place, chance)
            if number < self._plan.forgetful and place == self._plan.messages // 2:
                await self._forget(story, number, place + 1)

    async def _say(self, story: Story, number: int, place: int, chance: random.Random) -> None:
        what = "edit" if chance.random() < self._plan.videos else "talk"
        photo = picture(number, place) if chance.random() < self._plan.photos else b""
        words = Words(place, f"{what} {mark(number, place)}", photo, chance.randint(1, self._plan.copies))
        if photo:
            story.pictures.add((number, place))
        if await story.chats[number].post(words):
            story.accepted.add((number, place))
            story.brought += words.copies

    async def _forget(self, story: Story, number: int, following: int) -> None:
        """Who gets no answer asks again; an answer that could not be posted for now is given up."""
        chat = story.chats[number]
        for again in range(ASKED):
            await chat.post(Words(1000 + again, "/forget"))
            asked = await _seen(story, chat, lambda one: any(label == FORGET for label, _ in one.buttons))
            if asked is None:
                continue
            await chat.press(1000 + again, asked, FORGET)
            if await _seen(story, chat, lambda one: one.text.startswith(FORGOTTEN)):
                story.forgotten[number] = following
                return
        story.unanswered.append(f"/forget in chat {number}")

    # --- the end ------------------------------------------------------------------------------------------------------

    async def _settle(self, story: Story, store: Connection) -> None:
        """Until nothing is open any more, or nothing has been done for long."""
        if self._plan.poison:
            await self._poison(story, store)
        least, since = float("inf"), time.monotonic()
        while not story.quiet and time.monotonic() - since < self._plan.settle:
            await asyncio.sleep(0.3)
            left = [*open_work(await keys_in(store.commands, PREFIX)), *await self._unheard(story, store)]
            story.quiet = not left
            if len(left) < least:
                least, since = len(left), time.monotonic()

    async def _unheard(self, story: Story, store: Connection) -> list[str]:
        """What was said on a platform and is not in the store yet: it may still be read back."""
        jobs, first = Mailbox(store, store.keys), self._pages
        kept = (one for one in sorted(story.accepted) if one[1] >= story.forgotten.get(one[0], 0))
        said = [one for one in kept if one[0] >= first and not self._unstarted(story, *one)]
        return [mark(*one) for one in said if await self._job(jobs, story.chats[one[0]], one[1]) is None]

    @staticmethod
    def _unstarted(story: Story, number: int, place: int) -> bool:
        return story.chats[number].unstarted(place, story.deaths)

    @staticmethod
    async def _job(mailbox: Mailbox, chat: Chat, place: int) -> Job | None:
        return await mailbox.job(chat.key, job_id_of(chat.key, chat.inbound_id(place)))

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
        await chat.post(Words(place + 1, f"talk {mark(number, place + 1)}"))
        story.accepted.add((number, place + 1))

    async def _look(self, story: Story, store: Connection) -> None:
        mailbox = Mailbox(store, store.keys)
        for number, chat in enumerate(story.chats):
            story.said[number] = await chat.said()
        story.unstarted = {one for one in story.accepted if self._unstarted(story, *one)}
        story.accepted -= story.unstarted
        for number, chat in enumerate(story.chats):
            for place in range(self._plan.messages + 2):
                story.jobs[number, place] = await self._job(mailbox, chat, place)
        story.keys = await keys_in(store.commands, PREFIX)


async def _seen(story: Story, chat: Chat, look: Callable[[Said], bool]) -> Said | None:
    """A message of the bot's. It is waited for as long as anything happens at all, or for a while."""
    heard, since = -1, time.monotonic()
    while time.monotonic() - since < PATIENCE:
        for one in await chat.said():
            if look(one):
                return one
        if len(story.agent.heard) > heard:
            heard, since = len(story.agent.heard), time.monotonic()
        await asyncio.sleep(0.1)
    return None
