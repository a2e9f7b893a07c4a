"""A person's own account: its token is taken out of sight, checked, kept sealed, and let go."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from core.accounts import owner_of
from core.commands import CREDENTIAL, row_of
from core.counter import Counter
from core.errors import BackendError, TokenExpired
from core.messages import Command, Edited, InboundMessage, Press
from core.workshop import Workshop

LINK: Final = "link"
HIDDEN: Final = "…"
TOKEN: Final = re.compile(CREDENTIAL)
SENDABLE: Final = re.compile(r"[\x21-\x7e]{8,1000}")


# --- before anything is recorded --------------------------------------------------------------------------------------


def sealed(shop: Workshop, message: InboundMessage) -> InboundMessage:
    """The message as it may be recorded: a token that was handed in is readable for nobody but its owner's `link`. A
    token by itself is taken for one to be linked; one among other words is left out."""
    command = message.command
    if command is None and not message.attachments and (found := TOKEN.search(message.text)):
        command = Command(LINK, found[0])
    row = row_of(command.name) if command else None
    if command is None or row is None or not row.secret:
        return _without_tokens(message)
    token = _token_in(command)
    text = shop.accounts.sealed(owner_of(message), token) if token and message.private else ""
    return replace(message, text="", command=Command(command.name, text), attachments=(), quoted=())


def masked(inbound: Edited | Press) -> Edited | Press:
    """The same without tokens."""
    return replace(inbound, text=TOKEN.sub(HIDDEN, inbound.text)) if inbound.text else inbound


def _without_tokens(message: InboundMessage) -> InboundMessage:
    command = message.command
    if command is not None:
        options = {name: TOKEN.sub(HIDDEN, value) for name, value in command.options.items()}
        command = Command(command.name, TOKEN.sub(HIDDEN, command.text), options)
    return replace(message, text=TOKEN.sub(HIDDEN, message.text), command=command)


def _token_in(command: Command) -> str:
    """What was typed after the command, in whichever way the platform hands it over."""
    typed = " ".join((command.text, *command.options.values()))
    found = TOKEN.search(typed)
    return found[0] if found else next(iter(typed.split()), "")


# --- the answers ------------------------------------------------------------------------------------------------------


async def link(counter: Counter) -> None:
    """Use the person's own account from now on, if the backend takes its token."""
    gone = await counter.take_away() if counter.text or not counter.inbound.private else True
    said = await _linked(counter)
    await counter.say(said if gone else f"{said}\n{counter.words.take_away_yourself()}")


async def _linked(counter: Counter) -> str:
    words, shop, owner = counter.words, counter.shop, counter.owner
    if not owner:
        return words.only_in_private()
    if not counter.text:
        return words.how_to_link()
    if await _in_use(counter):
        return words.account_in_use()
    token = shop.accounts.opened(owner, counter.text)
    if not SENDABLE.fullmatch(token):
        return words.token_refused()
    try:
        balance = await shop.accounts.link(owner, token, counter.skill)
    except TokenExpired:
        return words.token_refused()
    except BackendError as error:
        return f"{words.trouble(error)}\n{words.not_linked_yet()}"
    return words.linked(balance.available)


async def unlink(counter: Counter) -> None:
    """Forget the token; what comes next is paid for as before."""
    words = counter.words
    if not counter.owner:
        await counter.say(words.only_in_private())
    elif await _in_use(counter):
        await counter.say(words.account_in_use())
    elif await counter.shop.accounts.unlink(counter.owner):
        await counter.say(words.unlinked())
    else:
        await counter.say(words.nothing_linked())


async def _in_use(counter: Counter) -> bool:
    """Whether a turn runs here that has begun with the person's own account: it must be able to end with it."""
    running = await counter.shop.mailbox.running(counter.inbound.key)
    return running is not None and await counter.shop.accounts.has_link(counter.owner)
