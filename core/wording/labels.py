"""What stands on buttons and beside commands."""

from __future__ import annotations

from core.wording.languages import Language


class Labels:
    """A part of `core.wording.words.Words`."""

    _: Language

    def button(self, name: str) -> str:
        """The label of a button that the bot makes."""
        _ = self._
        return {
            "change": _("Change…"),
            "music": _("Music"),
            "title": _("Title"),
            "timeline": _("Timeline"),
            "new": _("New project"),
            "file": _("As file"),
            "again": _("Try again"),
            "add": _("Add"),
            "drop": _("Leave out"),
            "yes": _("Yes, do it"),
            "no": _("No"),
            "forget": _("Delete everything"),
            "calm": _("Calm"),
            "happy": _("Happy"),
            "epic": _("Epic"),
            "lofi": _("Lo-fi"),
            "quieter": _("Quieter"),
            "louder": _("Louder"),
            "off": _("No music"),
        }[name]

    def ask(self, name: str) -> str:
        """The question behind a button that needs words."""
        _ = self._
        return {"change": _("What should I change?"), "title": _("What should the title say?")}[name]

    def command(self, name: str) -> str:
        """The one-line summary of a command."""
        _ = self._
        return {
            "start": _("what I do and what to send"),
            "help": _("all commands"),
            "video": _("make a video: /video a calm slideshow of these"),
            "new": _("start a new project in this chat"),
            "status": _("the timeline, and what is running"),
            "export": _("render and post the video again"),
            "credits": _("how many credits are left"),
            "cancel": _("stop what is running"),
            "skill": _("choose what kind of video to make"),
            "endframe": _("a video that ends on your picture"),
            "slideshow": _("a slideshow of your photos"),
            "extend": _("turn one picture into a moving clip"),
            "settings": _("language, format, automatic export"),
            "link": _("use your own NemoVideo token"),
            "unlink": _("delete your token again"),
            "forget": _("delete everything about this chat"),
            "privacy": _("what is kept, and how long"),
        }[name]
