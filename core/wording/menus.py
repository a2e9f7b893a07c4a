"""What stands in the menus and forms that platforms show of their own accord, and what is said about permissions."""

from __future__ import annotations

from collections.abc import Mapping

from core.wording.languages import language_of


def menu_words(language: str) -> Mapping[str, str]:
    """The words by what they are for. "seconds" has a place for the {count}, "lacking" for the {permission},
    "unseen" for the {menu}."""
    _ = language_of(language)
    return {
        "make_a_video": _("Make a video"),
        "prompt": _("what to make of the pictures"),
        "photo": _("a picture, video or sound for it"),
        "ratio": _("the shape of the video"),
        "length": _("how long it should be"),
        "seconds": _("{count} seconds"),
        "skill": _("what kind of video"),
        "text": _("what you want to say with it"),
        "not_started": _("I could not write that down, so nothing was started. Please say it again in a minute."),
        "unseen": _(
            "I cannot see what is in the message you replied to: "
            "open its menu and choose Apps → {menu}, or send me its picture together with the mention."
        ),
        "lacking": _("I need the permission “{permission}” in this channel. Please grant it, then say it again."),
    }


def permission_names(language: str) -> Mapping[str, str]:
    """What chat programs call the permissions that the bot needs, as people find them in the settings."""
    _ = language_of(language)
    return {
        "view_channel": _("View Channel"),
        "send_messages": _("Send Messages"),
        "send_messages_in_threads": _("Send Messages in Threads"),
        "attach_files": _("Attach Files"),
    }
