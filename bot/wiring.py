"""The wiring: names the concrete classes and puts them together; those of the chat platforms in `bot.platforms`."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from starlette.routing import BaseRoute

from adapters.web.access import WebSettings
from adapters.web.app import WebChat
from adapters.web.listener import WebListener
from adapters.web.sender import WebSender
from bot.descriptors import room_for_turns
from bot.platforms import Platforms, Stores
from bot.settings import Settings, SettingsError
from core import commands
from core.accounts import Accounts, AccountSettings
from core.control import Control
from core.errors import StoreError
from core.intake import Intake
from core.media.pictures import open_pictures
from core.media.storyboard import open_storyboards
from core.media.videos import open_videos
from core.nemo.client import open_client
from core.nemo.patience import NemoSettings
from core.ports import CommandRow, Feed, Outbound
from core.skills import Skills, load
from core.store.accounts import StoredAccounts
from core.store.blobs import ChunkBlobs, FolderBlobs
from core.store.connection import Connection, StoreSettings, open_store
from core.store.durations import Durations
from core.store.feed import open_feed
from core.store.health import worries_of
from core.store.keys import Keys
from core.store.leftovers import Leftovers
from core.store.mailbox import Mailbox
from core.store.records import Records
from core.store.secrets import Sealer, key_from_text, load_key
from core.store.turnstile import Turnstile
from core.turns import Turns
from core.wording import words_for
from core.worker import Worker, WorkerSettings
from core.workshop import Times, Workshop

LOCAL_TEMPO = 0.25
"""A backend on this machine is asked sooner and more often how far a render is: that costs nobody anything."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What everything stands on: the store, the sealing key, the ways of the web chat through the store, and what
    others left behind."""

    settings: Settings
    connection: Connection
    sealer: Sealer
    feed: Feed
    blobs: FolderBlobs | ChunkBlobs
    leftovers: Leftovers


@asynccontextmanager
async def open_ground(settings: Settings) -> AsyncIterator[Ground]:
    """The store (embedded, or elsewhere) and what lives in it. Raises `StoreAway`, `SettingsError`."""
    url = settings.redis_url.get_secret_value() or None
    _make_folder(settings.photoreel_data)
    sealer = Sealer(_key(settings))
    async with AsyncExitStack() as stack:
        secret = sealer.mark("ids").encode()
        store = StoreSettings(url, settings.photoreel_data, settings.redis_prefix, secret)
        connection = await stack.enter_async_context(open_store(store))
        feed = await stack.enter_async_context(open_feed(connection))
        leftovers = Leftovers(connection, settings.photoreel_data / "work")
        yield Ground(settings, connection, sealer, feed, _blobs(settings, connection), leftovers)


def stores_of(ground: Ground) -> Stores:
    """What the chat platforms keep in the store."""
    return Stores(ground.connection, ground.sealer)


def _blobs(settings: Settings, connection: Connection) -> FolderBlobs | ChunkBlobs:
    """Whoever uses the embedded store sees its folder too; where the server is elsewhere, it is all that is shared."""
    quota = settings.blob_megabytes * 1_000_000
    if settings.redis_url:
        return ChunkBlobs(connection, quota)
    return FolderBlobs(settings.photoreel_data / "blobs", connection, quota)


def _key(settings: Settings) -> bytes:
    text = settings.photoreel_key.get_secret_value()
    try:
        if text:
            return key_from_text(text)
        if settings.redis_url:
            raise SettingsError(
                "PHOTOREEL_KEY is needed with REDIS_URL: all processes must be able to read the secrets"
            )
    except StoreError as error:
        raise SettingsError(f"PHOTOREEL_KEY: {error}") from None
    try:
        return load_key(settings.photoreel_data / "key")
    except StoreError as error:
        raise SettingsError(f"PHOTOREEL_DATA: {error}") from None


def _make_folder(data: Path) -> None:
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SettingsError(f"PHOTOREEL_DATA: {data}: {error.strerror}") from error


@asynccontextmanager
async def open_workshop(
    ground: Ground, api_url: str, outbounds: Mapping[str, Outbound], *, scope: str = "", shared: bool = True
) -> AsyncIterator[Workshop]:
    """The workshop. `scope` sets its mailboxes apart from others in the same store (a single shot from a shell)."""
    settings = ground.settings
    folder = settings.photoreel_data / "work"
    async with AsyncExitStack() as stack:
        scoped = ground.leftovers.scope(scope)
        keys = await stack.enter_async_context(scoped) if scope else ground.connection.keys
        nemo = await stack.enter_async_context(open_client(NemoSettings(api_url, settings.nemo_web_url)))
        yield Workshop(
            mailbox=Mailbox(ground.connection, keys),
            records=Records(ground.connection, keys),
            accounts=Accounts(nemo, _stored_accounts(ground, keys), account_settings(settings)),
            nemo=nemo,
            outbounds=outbounds,
            pictures=await stack.enter_async_context(open_pictures()),
            videos=await stack.enter_async_context(open_videos()),
            storyboards=await stack.enter_async_context(open_storyboards(folder)),
            skills=skills_of(settings),
            durations=Durations(ground.connection, ground.connection.keys, _backend_name(settings)),
            folder=folder,
            web_url=settings.nemo_web_url,
            shared=shared,
            times=times(settings),
            turnstile=_turnstile(ground, keys),
        )


def _stored_accounts(ground: Ground, keys: Keys) -> StoredAccounts:
    """A single shot's studio is its own, and so are the accounts there; the cloud's are everybody's."""
    own = keys if ground.settings.local_backend else ground.connection.keys
    return StoredAccounts(ground.connection, own, ground.sealer, _backend_name(ground.settings))


def _turnstile(ground: Ground, keys: Keys) -> Turnstile | None:
    """The caps on work at once, where there are any."""
    most, each = ground.settings.turns_at_once, ground.settings.turns_each
    return Turnstile(ground.connection, keys, most=most, most_each=each) if most or each else None


def skills_of(settings: Settings) -> Skills:
    """The skills that ship with the program, and those in further folders."""
    return load(settings.skill_folders)


def _backend_name(settings: Settings) -> str:
    return settings.nemo_api_url.partition("://")[2] or settings.nemo_api_url


def account_settings(settings: Settings) -> AccountSettings:
    """Whose token is used. The vendor's own client id is taken over where there is one."""
    client_id = settings.nemo_client_id.get_secret_value()
    if not client_id and settings.vendor_client_id.is_file() and not settings.local_backend:
        client_id = settings.vendor_client_id.read_text("utf-8", "replace").strip()
    return AccountSettings(
        backend=_backend_name(settings),
        client_id=client_id,
        token="" if settings.local_backend else settings.nemo_token.get_secret_value(),
        skill_platform=settings.skill_source,
        home=Path.home(),
    )


def times(settings: Settings) -> Times:
    """How long things wait."""
    single, album = settings.gather_seconds, min(settings.gather_seconds, 1.5)
    tempo = LOCAL_TEMPO if settings.local_backend else 1.0
    return Times(
        looks=settings.look_seconds, term=settings.lease_seconds, single=single, album=album, render_tempo=tempo
    )


def worker_of(shop: Workshop, settings: Settings) -> Worker:
    """A worker for the workshop."""
    turns = Turns(shop, Control(shop).handle)
    worker = WorkerSettings(lease=settings.lease_seconds, drain=settings.drain_seconds)
    worker = replace(worker, capacity=room_for_turns(worker.capacity))
    return Worker(shop.mailbox, turns, worker, name=f"{socket.gethostname()}-{os.getpid()}")


def outbounds_of(ground: Ground, platforms: Platforms) -> dict[str, Outbound]:
    """The ways out, by platform."""
    return {"web": WebSender(ground.feed, ground.blobs), **platforms.outbounds}


def web_settings(settings: Settings) -> WebSettings:
    """How the web chat is served. Raises `AccessTokenMissing`."""
    return WebSettings(
        host=settings.bind_host,
        port=settings.port,
        access_token=settings.web_access_token.get_secret_value(),
        public_url=settings.public_url,
        trusted_proxies=settings.proxies,
    )


def web_listener(
    ground: Ground, bound: socket.socket, settings: WebSettings, routes: Sequence[BaseRoute] = ()
) -> WebListener:
    """The web chat on a socket; `routes` of others stand beside it."""

    async def ready() -> bool:
        try:
            await ground.connection.probe()
        except StoreError:
            return False
        return True

    async def worries() -> Sequence[str]:
        return [worry.detail for worry in await worries_of(ground.connection)]

    def rows(locale: str) -> Sequence[CommandRow]:
        return commands.rows(words_for(locale))

    return WebListener(WebChat(settings, ground.feed, ground.blobs, rows, ready, routes, worries), bound)


def intake_of(shop: Workshop) -> Intake:
    """The front door."""
    return Intake(shop)
