"""A person's own account: linked in private, used for their videos alone, and its token seen by nobody."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from core.jobs import Phase
from core.messages import Command, Edited
from studio.faults import Answer, Endpoint
from tests.core.house import WEB, House, Person
from tests.core.store.contents import contents
from tests.core.turns.conftest import Build
from tests.core.turns.wishes import WISH, made, make

pytestmark = pytest.mark.anyio

CANARY = "nmv_usr_canary-of-anna-0123456789"
OTHER = "nmv_usr_canary-of-bob-0123456789"
EXPIRED = Answer(200, json={"code": 1001, "message": "token expired"})


@pytest.fixture(autouse=True)
def nothing_in_logs(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG)
    yield
    assert "canary" not in caplog.text


def payers(home: House, endpoint: Endpoint) -> list[str]:
    """Whose tokens such calls were made with, in order."""
    calls = [call for call in home.studio.ledger.calls if call.endpoint is endpoint]
    return [call.headers["authorization"].removeprefix("Bearer ") for call in calls]


async def everything_in(home: House) -> str:
    """All that the store holds under this house's prefix."""
    assert home.connection is not None
    return repr(await contents(home.connection, home.keys.prefix))


async def linked(home: House) -> Person:
    """Somebody who pays alone, in private."""
    anna = home.person()
    await anna.commands("link", CANARY)
    await anna.sees("Your account is linked")
    return anna


async def test_a_linked_token_pays_for_this_persons_videos(build: Build) -> None:
    async with build(tokens=(CANARY,), credits=700) as home:
        anna = home.person()
        await anna.commands("link", CANARY)
        told = await anna.sees("Your account is linked, with 700 credits.")
        assert "canary" not in told.text
        await make(anna)
        assert payers(home, Endpoint.RUN) == [CANARY]
        assert set(payers(home, Endpoint.UPLOAD)) == {CANARY}
        await make(home.person("bob", chat="2"))
        assert payers(home, Endpoint.RUN)[1] != CANARY


async def test_the_message_with_the_token_is_deleted(build: Build) -> None:
    async with build(tokens=(CANARY,)) as home:
        anna = home.person()
        message = await anna.commands("link", CANARY)
        await anna.sees("Your account is linked")
        assert home.room.deleted == [message.id]


async def test_who_cannot_have_it_deleted_is_asked_to_do_so(build: Build) -> None:
    from core.errors import Refused

    async with build(tokens=(CANARY,)) as home:
        home.room.fail("delete", Refused("not mine"))
        await home.person().commands("link", CANARY)
        told = await home.person().sees("Your account is linked")
        assert told.text.endswith("Please delete your message yourself: whoever reads the token can use your account.")


async def test_the_token_is_readable_nowhere_neither_before_nor_after(build: Build) -> None:
    async with build(tokens=(CANARY,), at_work=False) as home:
        anna = home.person()
        await anna.commands("link", CANARY)
        await anna.sends(f"here it is: {CANARY}")
        await anna.sends(f"put {CANARY} on it", photos=1)
        await anna.sends(command=Command("video", f"use {CANARY}"))
        await anna.sends(command=Command("link", options={"token": CANARY}))
        edited = Edited(anna.key, "edit1", "in1", f"/link {CANARY}")
        await home.intake.receive(edited)
        kept = await everything_in(home)
        assert "link" in kept
        assert "canary" not in kept
        home.start()
        await anna.sees("Your account is linked")
        assert "canary" not in await everything_in(home)
        assert "canary" not in home.room.everything
        await home.shop.mailbox.cancel(anna.key)


async def test_a_token_by_itself_is_linked_too_and_not_sent_to_the_agent(build: Build) -> None:
    async with build(tokens=(CANARY,)) as home:
        await home.person().sends(f"my token is {CANARY}")
        await home.person().sees("Your account is linked")
        assert home.studio.ledger.runs == []


async def test_in_a_group_it_is_refused_and_the_token_deleted(build: Build) -> None:
    async with build(tokens=(CANARY,)) as home:
        anna = home.person(private=False)
        message = await anna.commands("link", CANARY)
        await anna.sees("This works only in a private chat with me")
        assert home.room.deleted == [message.id]
        assert payers(home, Endpoint.CREDITS) == []
        await anna.commands("unlink")
        await make(anna)
        assert CANARY not in payers(home, Endpoint.RUN)


async def test_in_a_group_nobodys_own_account_pays(build: Build) -> None:
    async with build(tokens=(CANARY,)) as home:
        await linked(home)
        await make(home.person(chat="group", private=False))
        assert CANARY not in payers(home, Endpoint.RUN)


async def test_without_a_token_it_is_told_how(build: Build) -> None:
    async with build() as home:
        await home.person().commands("link")
        await home.person().sees("Send /link followed by your own NemoVideo token.")
        assert home.room.deleted == []


@pytest.mark.parametrize("token", ["nmv_usr_not-one-of-theirs", "schön und gut", "short"])
async def test_a_token_that_is_none_is_refused(build: Build, token: str) -> None:
    async with build() as home:
        anna = home.person()
        await anna.commands("link", token)
        await anna.sees("The video service does not accept this token.")
        await anna.commands("unlink")
        await anna.sees("No account of yours is linked here.")


@pytest.mark.parametrize("token", ["short", "schön", "x" * 1001])
async def test_what_can_be_no_token_is_refused_without_asking_the_backend(build: Build, token: str) -> None:
    async with build() as home:
        anna = home.person()
        await anna.commands("link", token)
        await anna.sees("The video service does not accept this token.")
        assert home.studio.ledger.count(Endpoint.CREDITS) == 0


async def test_what_only_begins_like_a_token_is_part_of_a_wish(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await anna.is_done_with(await anna.sends("a 3-second clip called nmv_usr_1", photos=1))
        assert home.wishes == {"a 3-second clip called nmv_usr_1": 1}


async def test_a_token_that_cannot_be_checked_is_not_linked(build: Build) -> None:
    async with build(tokens=(CANARY,)) as home:
        home.studio.faults.order(Endpoint.CREDITS, Answer(502))
        anna = home.person()
        await anna.commands("link", CANARY)
        told = await anna.sees("Nothing is linked yet. Please send the token again later.")
        assert told.text.startswith("The video service does not answer.")
        assert not await home.shop.accounts.has_link("room/anna")


async def test_a_revoked_token_is_told_when_the_credits_are_asked_for(build: Build) -> None:
    async with build(tokens=(CANARY,)) as home:
        anna = await linked(home)
        home.studio.faults.order(Endpoint.CREDITS, EXPIRED)
        await anna.commands("credits")
        await anna.sees("does not accept your token any more.")


@pytest.mark.parametrize("where", [Endpoint.CREDITS, Endpoint.RUN])
async def test_a_revoked_token_is_told_and_nobody_else_pays(build: Build, where: Endpoint) -> None:
    async with build(tokens=(CANARY,)) as home:
        anna = await linked(home)
        home.studio.faults.order(where, EXPIRED, times=9)
        message = await anna.sends(WISH, photos=1)
        await anna.is_done_with(message, Phase.FAILED)
        await anna.sees("does not accept your token any more. /link a fresh one, or /unlink to do without.")
        assert set(payers(home, Endpoint.RUN)) <= {CANARY}
        assert home.studio.ledger.count(Endpoint.TOKEN) == 0


async def test_after_unlink_the_shared_account_pays_with_a_new_project(build: Build) -> None:
    async with build(tokens=(CANARY,)) as home:
        anna = await linked(home)
        await make(anna)
        assert ":link:" in await everything_in(home)
        await anna.commands("unlink")
        await anna.sees("Your token is deleted.")
        assert ":link:" not in await everything_in(home)
        message = await anna.sends("slower")
        await anna.is_done_with(message)
        assert payers(home, Endpoint.RUN)[1] != CANARY
        assert (await home.record(anna)).project.account.startswith("anonymous@")  # type: ignore[union-attr]


async def test_a_project_goes_on_with_the_account_it_was_opened_with(build: Build) -> None:
    """Status and export, which cost nothing, show what is there; the next instruction begins a project of its own."""
    async with build(tokens=(CANARY,)) as home:
        anna = await made(home)
        await anna.commands("link", CANARY)
        await anna.sees("Your account is linked")
        await anna.commands("status")
        await anna.sees("Timeline (2 tracks)")
        await anna.is_done_with(await anna.commands("export"), Phase.DONE)
        assert len(home.room.videos) == 2
        await anna.is_done_with(await anna.sends("slower"))
        assert payers(home, Endpoint.RUN)[1] == CANARY
        assert home.studio.ledger.count(Endpoint.SESSION) == 2


async def test_what_runs_ends_with_the_account_it_began_with(build: Build) -> None:
    async with build(tokens=(CANARY,), generation_seconds=0.5) as home:
        anna = home.person()
        message = await anna.sends(WISH, photos=1)
        await home.room.until(lambda: home.studio.ledger.runs)
        await anna.commands("link", CANARY)
        await anna.sees("Your account is linked")
        await anna.is_done_with(message, Phase.DONE)
        assert len(home.room.videos) == 1
        assert CANARY not in payers(home, Endpoint.RENDER)


async def test_an_account_in_use_is_not_taken_away(build: Build) -> None:
    async with build(tokens=(CANARY, OTHER), generation_seconds=0.5) as home:
        anna = await linked(home)
        message = await anna.sends(WISH, photos=1)
        await home.room.until(lambda: home.studio.ledger.runs)
        await anna.commands("unlink")
        await anna.sees("Your account is in use right now.")
        await anna.commands("link", OTHER)
        await anna.is_done_with(message, Phase.DONE)
        assert OTHER not in payers(home, Endpoint.CREDITS)


async def test_an_old_project_of_an_unlinked_account_is_told_as_such(build: Build) -> None:
    async with build(tokens=(CANARY,)) as home:
        anna = await linked(home)
        await make(anna)
        await anna.commands("unlink")
        await anna.sees("Your token is deleted.")
        await anna.is_done_with(await anna.commands("export"), Phase.FAILED)
        await anna.sees("This project belongs to an account that you have unlinked.")


async def test_the_link_outlives_a_restart(build: Build) -> None:
    async with build(tokens=(CANARY,)) as home:
        anna = await linked(home)
        await home.close()
        home.stop.clear()
        home.workers.clear()
        home.start()
        await make(anna)
        assert payers(home, Endpoint.RUN) == [CANARY]


async def test_forget_erases_the_token(build: Build) -> None:
    async with build(tokens=(CANARY,)) as home:
        anna = await linked(home)
        await anna.commands("forget")
        await anna.sees("Really?")
        await anna.presses("Delete everything")
        await anna.sees("Everything about this chat is deleted.")
        assert not await home.shop.accounts.has_link("room/anna")


async def test_who_pays_alone_is_told_where_to_get_more(build: Build) -> None:
    async with build(tokens=(CANARY,), credits=0) as home:
        anna = home.person()
        await anna.commands("link", CANARY)
        await anna.sees("Your account is linked, with 0 credits.")
        message = await anna.sends(WISH, photos=1)
        await anna.is_done_with(message, Phase.FAILED)
        await anna.sees(f"The credits are used up. Get more here, then try again: {WEB}")


async def test_help_names_it_in_private_only(build: Build) -> None:
    async with build() as home:
        await home.person().commands("help")
        assert "/link" in (await home.person().sees("/help")).text
    async with build() as home:
        await home.person(private=False).commands("help")
        assert "/link" not in (await home.person().sees("/help")).text
