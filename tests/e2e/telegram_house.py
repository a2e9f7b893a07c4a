"""The whole house with Telegram as its chat, in one event loop: real store, real studio, real SDK, real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from adapters.telegram.line import open_line
from adapters.telegram.listener import TelegramListener
from adapters.telegram.sender import TelegramSender
from adapters.telegram.settings import TelegramSettings
from core import commands
from core.accounts import Accounts, AccountSettings
from core.control import Control
from core.intake import Intake
from core.store.accounts import StoredAccounts
from core.store.leadership import StoreLeadership
from core.store.notes import StoredNotes
from core.store.pace import StorePace
from core.store.secrets import Sealer
from core.turns import Turns
from core.wording import words_for
from core.worker import Worker
from tests.core.house import House, Premises, house
from tests.wire.telegram.server import BotApi, bot_api


@dataclass(frozen=True, slots=True)
class TelegramHouse:
    """The server with its people, and the house behind it."""

    server: BotApi
    home: House


@asynccontextmanager
async def telegram_house(
    ground: Premises, folder: Path, *, told: dict[str, Any] | None = None, **more: Any
) -> AsyncIterator[TelegramHouse]:
    """A house that polls. `told` is for the server, `more` for the house."""
    async with bot_api(**(told or {})) as server, house(ground, folder, at_work=False, **more) as home:
        notes = StoredNotes(ground.connection, Sealer(bytes(range(32))), "telegram")
        async with open_line(TelegramSettings(server.token, server.url, poll_seconds=5)) as line:
            pace = StorePace(ground.connection)
            outbounds = {"telegram": TelegramSender(line, pace, notes)}
            shop = replace(home.shop, outbounds=outbounds, accounts=accounts(ground, home))
            names = [row.name for row in commands.rows(words_for("en"))]
            listener = TelegramListener(line, StoreLeadership(ground.connection), notes, names)
            worker = Worker(shop.mailbox, Turns(shop, Control(shop).handle), home.settings, name="worker")
            home.workers.append(asyncio.create_task(worker.run(home.stop)))
            listening = asyncio.create_task(listener.listen(Intake(shop).receive))
            try:
                yield TelegramHouse(server, home)
            finally:
                listening.cancel()
                await asyncio.wait({listening})
                await home.close()


def accounts(ground: Premises, home: House) -> Accounts:
    """As the house's own, but a slow token is waited for: many people begin at once here."""
    stored = StoredAccounts(ground.connection, home.keys, Sealer(bytes(range(32))), "studio")
    return Accounts(home.shop.nemo, stored, AccountSettings("studio", look=0.05))
