"""What a press on a button does: checked against the record behind it, acknowledged at once, done once."""

from __future__ import annotations

from typing import Final, assert_never

from core.answers import tell_status
from core.choosing import switch
from core.counter import Counter
from core.errors import MailboxFull
from core.messages import Command, Press
from core.records import Act, Asked, Button

ONCE: Final = frozenset({Act.SAY, Act.NEW, Act.EXPORT, Act.FORGET})
MOODS: Final = ("calm", "happy", "epic", "lofi", "quieter", "louder", "off")


async def press(counter: Counter, pressed: Press) -> None:
    """Do what the button says, or tell the presser kindly why not."""
    button = await counter.shop.records.button(pressed.key, pressed.token)
    notice = _objection(counter, button, pressed)
    if button is None or notice:
        await counter.answer(notice)
        return
    once = button.act in ONCE or (button.act is Act.ASK and bool(pressed.text))
    if once and not await counter.shop.records.press_once(pressed.key, pressed.token, pressed.id):
        await counter.answer(counter.words.already_pressed())
        return
    await counter.answer(counter.words.on_it() if once else "")
    try:
        await _do(counter, button, pressed)
    except MailboxFull as error:
        await counter.shop.records.release(pressed.key, pressed.token)
        await counter.say(counter.words.trouble(error))


def _objection(counter: Counter, button: Button | None, pressed: Press) -> str:
    if button is None:
        return counter.words.too_old()
    if button.person and button.person != pressed.sender.id:
        return counter.words.not_yours()
    if button.revision not in (-1, counter.record.revision):
        return counter.words.moved_on()
    return ""


async def _do(counter: Counter, button: Button, pressed: Press) -> None:
    match button.act:
        case Act.SAY:
            await counter.instruct(button.text)
        case Act.NEW | Act.FILE | Act.EXPORT:
            await counter.instruct("", Command(button.act.value, button.text))
        case Act.ASK:
            await _ask(counter, button, pressed)
        case Act.MUSIC:
            await _offer_music(counter, button)
        case Act.TIMELINE:
            await tell_status(counter)
        case Act.SKILL:
            await switch(counter, button.text)
        case Act.FORGET:
            await counter.forget()
        case Act.DROP:
            pass
        case _:
            assert_never(button.act)


async def _ask(counter: Counter, button: Button, pressed: Press) -> None:
    """The words may have come with the press (a modal); else they are the person's next message."""
    if pressed.text:
        await counter.instruct(button.text.replace("{}", pressed.text))
        return
    await counter.shop.records.ask(pressed.key, Asked(pressed.sender.id, button.text))
    await counter.say(button.asks)


async def _offer_music(counter: Counter, button: Button) -> None:
    words = counter.words
    buttons = [
        Button(Act.SAY, words.button(name), words.wish(name), "", button.person, button.revision) for name in MOODS
    ]
    await counter.say(words.which_music(), buttons)
