"""Commands, presses and modals: acknowledged at once, recorded once, and undone in words where that failed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.discord.places import id_of_interaction
from core.messages import Choice, Command, Kind, MessageRef
from tests.adapters.contract import JPEG, PNG
from tests.adapters.discord.errands import meet
from tests.adapters.discord.office import TIMES, Office
from tests.wire.discord.calls import CALLBACK, ORIGINAL
from tests.wire.discord.people import Photo
from tests.wire.discord.server import DiscordServer

pytestmark = pytest.mark.anyio


async def test_a_command_with_photos_becomes_a_message(office: Office, server: DiscordServer) -> None:
    guild = server.guild()
    channel, anna = server.channel(guild), server.person("Anna", guild, locale="zh-CN")
    async with office.listening():
        photos = [Photo(f"{number}.jpg", JPEG + bytes([number])) for number in range(3)]
        asked = anna.runs(
            "video", to=channel, photos=photos, prompt="a calm *slideshow*", ratio="9:16", length="10 seconds"
        )
        message = await office.gets()
    assert message.command == Command("video", "a calm *slideshow*", {"ratio": "9:16", "length": "10 seconds"})
    assert (message.id, message.key.chat, message.key.thread) == (id_of_interaction(asked.id), str(channel.id), "")
    assert (message.private, message.addressed, message.whole) == (False, True, True)
    assert (message.sender.id, message.sender.locale) == (str(anna.user.id), "zh-CN")
    assert [one.name for one in message.attachments] == ["0.jpg", "1.jpg", "2.jpg"]
    assert {one.kind for one in message.attachments} == {Kind.PHOTO}
    for number, attachment in enumerate(message.attachments):
        async with office.sender.open(attachment) as chunks:
            assert b"".join([chunk async for chunk in chunks]) == JPEG + bytes([number])
    assert asked.answered_at is not None
    assert asked.answered_at - asked.born < 1.0


async def test_a_prompt_of_six_thousand_characters_arrives_whole(office: Office, server: DiscordServer) -> None:
    anna = server.person()
    prompt = ("@everyone *把* " * 1000)[:6000].strip()
    async with office.listening():
        anna.runs("video", prompt=prompt)
        message = await office.gets()
    assert message.command == Command("video", prompt)


async def test_a_press_on_what_one_person_sees_is_answered_to_that_person(
    office: Office, server: DiscordServer
) -> None:
    guild = server.guild()
    channel, anna, ben = server.channel(guild), server.person("Anna", guild), server.person("Ben", guild)
    async with office.listening():
        anna.runs("settings", to=channel)
        message = await office.gets()
        await office.sender.send_text(message.key, "Set?", [Choice("Yes", "y")], key="k1", asked=message.id)
        anna.presses(await anna.sees("Set?", to=channel), "Yes")
        press = await office.gets_press()
        await office.sender.send_text(press.key, "Done", key="k2", asked=press.id)
    assert [one.content for one in anna.answers(channel)] == ["Set?", "Done"]
    assert ben.answers(channel) == []


async def test_no_signed_link_and_no_token_leaves_the_notes(office: Office, server: DiscordServer) -> None:
    anna = server.person()
    async with office.listening():
        asked = anna.runs("video", photos=[Photo("a.jpg", JPEG)], prompt="go")
        message = await office.gets()
    assert "http" not in repr(message)
    assert asked.token not in repr(message)


async def test_a_personal_answer_is_seen_by_the_asker_alone(office: Office, server: DiscordServer) -> None:
    guild = server.guild()
    channel, anna, ben = server.channel(guild), server.person("Anna", guild), server.person("Ben", guild)
    async with office.listening():
        anna.runs("credits", to=channel)
        message = await office.gets()
        await office.sender.send_text(message.key, "90 credits", key="k1", asked=message.id)
        await office.sender.send_text(message.key, "More at the door", key="k2", asked=message.id)
    assert [one.content for one in anna.answers(channel)] == ["90 credits", "More at the door"]
    assert ben.answers(channel) == []


async def test_the_menu_of_a_message_takes_its_pictures(office: Office, server: DiscordServer) -> None:
    guild = server.guild()
    channel, anna, ben = server.channel(guild), server.person("Anna", guild), server.person("Ben", guild)
    shown = ben.says("Lisbon!", to=channel, files=[Photo("a.png", PNG), Photo("b.png", PNG)])
    async with office.listening():
        anna.chooses("Make a video", shown)
        message = await office.gets()
    assert message.command == Command("video")  # what somebody else wrote is no order
    assert [one.name for one in message.quoted] == ["a.png", "b.png"]
    async with office.sender.open(message.quoted[0]) as chunks:
        assert b"".join([chunk async for chunk in chunks]) == PNG


async def test_ones_own_words_go_with_ones_own_pictures(office: Office, server: DiscordServer) -> None:
    anna = server.person()
    shown = anna.says("a slideshow, please", files=[Photo("a.png", PNG)])
    async with office.listening():
        anna.chooses("Make a video", shown)
        message = await office.eventually(lambda: [one for one in office.messages if one.command])
    assert message[0].command == Command("video", "a slideshow, please")


async def test_suggestions_follow_what_is_typed(office: Office, server: DiscordServer) -> None:
    anna = server.person()
    async with office.listening():
        empty = anna.asks_for_suggestions("video", "prompt", "")
        typed = anna.asks_for_suggestions("video", "prompt", "MUSIC")
        await office.eventually(lambda: empty.suggestions and typed.suggestions)
    assert len(empty.suggestions) == 3
    assert [one["value"] for one in typed.suggestions] == ["MUSIC", "a slideshow with music"]
    assert office.inbox == []


async def test_a_secret_is_asked_for_in_a_modal(office: Office, server: DiscordServer) -> None:
    anna = server.person(locale="zh-CN")
    async with office.listening():
        asked = anna.runs("link")
        await office.eventually(lambda: asked.modal)
        assert asked.modal is not None
        assert "中文 link" in str(asked.modal)
        anna.fills(asked, "nmv_usr_secret")
        message = await office.gets()
        await office.sender.send_text(message.key, "Linked", key="k1", asked=message.id)
        await office.sender.delete(MessageRef(message.key, message.id))  # what nobody sees is away
    assert message.command == Command("link", "nmv_usr_secret")
    assert [one.only_for for one in anna.answers()] == [anna.user]


async def test_a_press_is_acknowledged_at_once_and_recorded(office: Office, server: DiscordServer) -> None:
    channel, anna = meet(server)
    async with office.listening():
        anna.runs("video", to=channel, prompt="go")
        message = await office.gets()
        ref = await office.sender.send_text(message.key, "Ready", [Choice("9:16", "tall")], key="k1", asked=message.id)
        shown = await anna.sees("Ready", to=channel)
        pressed = anna.presses(shown, "9:16")
        press = await office.gets_press()
        await office.sender.answer(press, "Not yours")
        await office.sender.answer(press, "Not yours")  # handed out again after a crash
    assert (press.token, press.message, press.sender.id) == ("tall", ref, str(anna.user.id))
    assert press.key == message.key
    assert pressed.answer == {"type": 6}
    assert shown.content == "Ready"
    assert [one.content for one in anna.answers(channel) if one.only_for] == ["Not yours"]


async def test_a_button_that_asks_opens_a_modal_even_in_a_process_that_never_saw_it(
    office: Office, server: DiscordServer
) -> None:
    anna = server.person()
    async with office.listening():
        anna.says("hello")
        message = await office.gets()
        choice = Choice("Title", "t" * 32, asks="What should it say? " + "x" * 100)
        await office.sender.send_text(message.key, "Ready", [choice], key="k1")
    office.notes.kept.clear()
    async with office.listening():
        asked = anna.presses(await anna.sees("Ready"), "Title")
        await office.eventually(lambda: asked.modal)
        assert asked.modal is not None
        assert asked.modal["title"] == "Title"
        anna.fills(asked, "Lisbon")
        press = await office.gets_press()
    assert (press.token, press.text) == ("t" * 32, "Lisbon")


async def test_only_whom_a_button_belongs_to_is_asked_in_a_modal(office: Office, server: DiscordServer) -> None:
    guild = server.guild()
    channel, anna, ben = server.channel(guild), server.person("Anna", guild), server.person("Ben", guild)
    async with office.listening():
        anna.says(f"{anna.bot_mention} hello", to=channel)
        message = await office.gets()
        choice = Choice("Title", "token", asks="What should it say?", person=message.sender.id)
        await office.sender.send_text(message.key, "Ready", [choice], key="k1")
        shown = await anna.sees("Ready", to=channel)
        ben.presses(shown, "Title")
        refused = await office.gets_press()
        await office.sender.answer(refused, "Not yours")
        asked = anna.presses(shown, "Title")
        await office.eventually(lambda: asked.modal)
        anna.fills(asked, "Lisbon")
        titled = await office.gets_press(2)
    assert (refused.token, refused.text, refused.sender.id) == ("token", "", str(ben.user.id))
    assert [one.content for one in ben.answers(channel) if one.only_for] == ["Not yours"]
    assert (titled.token, titled.text) == ("token", "Lisbon")


async def test_more_choices_than_buttons_become_a_menu(office: Office, server: DiscordServer) -> None:
    anna = server.person()
    async with office.listening():
        anna.says("hello")
        message = await office.gets()
        choices = [Choice(f"Skill {number}", f"token{number}") for number in range(30)]
        await office.sender.send_text(message.key, "Which?", choices, key="k1")
        anna.selects(await anna.sees("Which?"), "Skill 7")
        assert (await office.gets_press()).token == "token7"


@pytest.mark.parametrize(
    "forged", ["", "x" * 100, "?", "/forget", "/nothing", "menu0", "token?ask", "t@x", "t@9/9/9", "t@9", "\u202e把"]
)
async def test_a_forged_component_harms_nothing(office: Office, server: DiscordServer, forged: str) -> None:
    anna = server.person()
    async with office.listening():
        anna.says("hello")
        message = await office.gets()
        await office.sender.send_text(message.key, "Ready", [Choice("A", "a")], key="k1")
        shown = await anna.sees("Ready")
        pressed = anna.presses(shown, custom_id=forged or "z")
        await office.eventually(lambda: pressed.state != "fresh")
        anna.runs("help")
        await office.eventually(lambda: [one for one in office.messages if one.command])
    assert all(one.token in forged or one.token == "z" for one in office.presses)


async def test_the_store_is_away_for_a_moment_and_nothing_is_lost(office: Office, server: DiscordServer) -> None:
    anna = server.person()
    async with office.listening():
        office.notes.away = True
        asked = anna.runs("video", prompt="go")
        await office.eventually(lambda: asked.state == "deferred")
        assert office.inbox == []
        office.notes.away = False
        await office.gets()
    assert asked.original is not None
    assert asked.original.is_loading  # nothing was said but that it is thinking


async def test_commands_of_one_place_keep_their_order_while_the_store_is_slow(
    office: Office, server: DiscordServer
) -> None:
    anna = server.person()
    async with office.listening(times=replace(TIMES, accept=10.0)):
        office.notes.away = True
        asked = [anna.runs("video", prompt=f"number {number}") for number in range(20)]
        await office.eventually(lambda: all(one.state == "deferred" for one in asked))
        office.notes.away = False
        await office.eventually(lambda: len(office.messages) == 20)
    assert [one.command.text for one in office.messages if one.command] == [f"number {number}" for number in range(20)]


async def test_nothing_was_started_is_said_when_it_could_not_be_recorded(office: Office, server: DiscordServer) -> None:
    anna = server.person(locale="zh-CN")
    async with office.listening():
        office.closed = True
        asked = anna.runs("video", prompt="go")
        await anna.sees("没能记录下来")
        pressed = anna.presses(await anna.sees("没能记录下来"), custom_id="token")
        await office.eventually(lambda: len(anna.answers()) == 2)
    assert asked.original is not None
    assert anna.answers()[1].only_for is anna.user
    assert pressed.answer == {"type": 6}
    assert office.inbox == []


async def test_an_acknowledgement_whose_answer_was_lost_is_no_trouble(office: Office, server: DiscordServer) -> None:
    anna = server.person()
    async with office.listening():
        server.faults.cut(CALLBACK, after=True)
        anna.runs("video", prompt="go")
        await office.gets()
    assert len(server.called(CALLBACK)) == 2


@pytest.mark.parametrize("pressed", [False, True])
async def test_an_acknowledgement_that_arrived_unheard_leaves_nobody_waiting(
    office: Office, server: DiscordServer, pressed: bool
) -> None:
    anna = server.person()
    async with office.listening(times=replace(TIMES, acknowledge=0.3)):
        anna.says("hello")
        message = await office.gets()
        await office.sender.send_text(message.key, "Ready", [Choice("9:16", "tall")], key="k1")
        ready = await anna.sees("Ready")
        server.faults.slow(CALLBACK, 60.0, times=1, after=True)
        asked = anna.presses(ready, "9:16") if pressed else anna.runs("video", prompt="go")
        told = await anna.sees("nothing was started", seconds=30.0)
    assert asked.answered_at is not None
    assert pressed == (told.only_for is anna.user)
    assert office.inbox == [message]


async def test_a_dialog_that_arrived_unheard_stays_open(office: Office, server: DiscordServer) -> None:
    anna = server.person()
    async with office.listening(times=replace(TIMES, acknowledge=0.3)):
        anna.says("hello")
        message = await office.gets()
        await office.sender.send_text(message.key, "Ready", [Choice("Title", "t", asks="Which?")], key="k1")
        server.faults.slow(CALLBACK, 60.0, times=1, after=True)
        asked = anna.presses(await anna.sees("Ready"), "Title")
        await office.eventually(lambda: asked.modal)
        anna.says("go")
        await office.gets(2)  # comes after the dialog was given up
        anna.fills(asked, "Lisbon")
        assert (await office.gets_press()).text == "Lisbon"
    assert anna.reads() == ["Ready"]
    assert server.called(ORIGINAL) == []


async def test_what_came_too_late_to_be_acknowledged_is_not_begun(office: Office, server: DiscordServer) -> None:
    anna = server.person()
    server.times.first_answer = 0.0
    async with office.listening():
        anna.runs("video", prompt="go")
        await office.eventually(lambda: server.called(CALLBACK))
        server.times.first_answer = 3.0
        anna.runs("help")
        message = await office.gets()
    assert message.command == Command("help")
    assert len(office.inbox) == 1


@pytest.mark.parametrize(
    ("denied", "named"),
    [("attach_files", "Attach Files"), ("send_messages", "Send Messages"), ("view_channel", "View Channel")],
)
async def test_a_missing_permission_is_named_before_work_starts(
    office: Office, server: DiscordServer, denied: str, named: str
) -> None:
    channel, anna = meet(server)
    channel.denied.add(denied)
    async with office.listening():
        asked = anna.runs("video", to=channel, prompt="go")
        await office.eventually(lambda: asked.original is not None and asked.original.content)
        assert asked.original is not None
        assert named in asked.original.content
        anna.runs("credits", to=channel)  # needs none of them: it is answered to the asker alone
        assert (await office.gets()).command == Command("credits")
    assert len(office.inbox) == 1


async def test_roles_say_who_runs_the_place(office: Office, server: DiscordServer) -> None:
    guild = server.guild()
    channel = server.channel(guild)
    boss, anna = server.person("Boss", guild, admin=True), server.person("Anna", guild)
    async with office.listening():
        boss.runs("forget", to=channel)
        assert "admin" in (await office.gets(1)).sender.roles
        anna.runs("forget", to=channel)
        assert "admin" not in (await office.gets(2)).sender.roles


async def test_two_hundred_at_once_are_all_acknowledged_and_recorded(office: Office, server: DiscordServer) -> None:
    """How soon is a benchmark's to tell."""
    server.times.first_answer = 60.0
    people = [server.person(f"Person{number}") for number in range(200)]
    async with office.listening(times=replace(TIMES, accept=60.0, acknowledge=60.0)):
        asked = [one.runs("video", prompt="go") for one in people]
        await office.eventually(lambda: len(office.messages) == 200)
    assert all(one.state == "deferred" for one in asked)
