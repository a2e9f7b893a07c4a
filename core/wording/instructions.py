"""What the agent is told beside the person's own words."""

from __future__ import annotations

from core.wording.languages import Language


class ToTheAgent:
    """A part of `core.wording.words.Words`."""

    _: Language

    def only_this(self, number: int) -> str:
        return self._("Make a new video of photo {number} only.").format(number=number)

    def this_one(self, number: int, name: str) -> str:
        return self._("Photo {number} is {name}.").format(number=number, name=name)

    def in_order(self, listed: str) -> str:
        return self._("Photos in the order in which they were sent: {listed}.").format(listed=listed)

    def new_ones(self, listed: str) -> str:
        return self._("New: {listed}.").format(listed=listed)

    def sounds(self, listed: str) -> str:
        return self._("Sound: {listed}.").format(listed=listed)

    def end_frame(self, name: str) -> str:
        return self._("Unless I said otherwise, the last photo, {name}, is the end frame.").format(name=name)

    def go_back(self, steps: int) -> str:
        _ = self._
        return _("Undo the last change.") if steps == 1 else _("Undo the last {count} changes.").format(count=steps)

    def add_them(self, count: int, noun: str) -> str:
        """What is said to the agent for it."""
        _ = self._
        if noun == "photo":
            return _.ngettext("Add the new photo to the video", "Add the new photos to the video", count)
        return _.ngettext("Add the new file to the video", "Add the new files to the video", count)

    def wish(self, name: str) -> str:
        """What is said to the agent for a button."""
        _ = self._
        return {
            "9:16": _("Make it vertical, 9:16."),
            "16:9": _("Make it landscape, 16:9."),
            "1:1": _("Make it square, 1:1."),
            "calm": _("Use calm music."),
            "happy": _("Use happy music."),
            "epic": _("Use epic music."),
            "lofi": _("Use lo-fi music."),
            "quieter": _("Lower the music to 20%."),
            "louder": _("Set the music volume to 100%."),
            "off": _("Remove the music."),
            "title": _("Set the title to “{}”."),
            "change": "{}",
        }[name]
