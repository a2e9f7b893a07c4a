"""The sentences of a conversation, in one language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from core.drafts import Change, Timeline
from core.nemo.values import Credits
from core.wording import timeline
from core.wording.instructions import ToTheAgent
from core.wording.labels import Labels
from core.wording.languages import Language, language_of, tags
from core.wording.own_account import AboutOwnAccount
from core.wording.troubles import trouble


def words_for(language: str) -> Words:
    """The words for a BCP 47 tag; English for what has no catalogue."""
    return Words(language_of(language))


class Words(AboutOwnAccount, Labels, ToTheAgent):
    """Every method is one sentence or one short message; `_` looks it up in the catalogue."""

    def __init__(self, language: Language) -> None:
        self._ = language

    @property
    def language(self) -> str:
        """The ISO code of the language: "en", "zh-CN"."""
        return self._.tag

    # --- first contact ------------------------------------------------------------------------------------------------

    def greeting(self) -> str:
        _ = self._
        return "\n".join(
            (
                _("Hi! Send me photos, get a finished video back."),
                _("1. Send a few photos (JPG, PNG, WEBP, HEIC), or just tell me what you have in mind."),
                _("2. Say what you want: “a 15-second slideshow with music and the title Lisbon”."),
                _("3. Then change it in your own words: “slower”, “make it vertical”, “lower the music to 20%”."),
            )
        )

    def help(self, rows: Sequence[tuple[str, str]]) -> str:
        _ = self._
        lines = [_("Send photos and one sentence; the video comes back into this chat. Also:")]
        return "\n".join([*lines, *(f"/{name} – {summary}" for name, summary in rows)])

    def privacy(self) -> str:
        _ = self._
        return "\n".join(
            (
                _("What is kept: this chat's project and settings, so that you can go on where you left off."),
                _("Your photos go to the video service. My copies go an hour after your video, or after 24 hours."),
                _("Finished videos are kept for 24 hours, notes on finished jobs for 7 days."),
                _("Your own token, if you link one, is kept encrypted until /unlink or /forget."),
                _("/forget deletes everything about this chat."),
            )
        )

    def forgotten(self) -> str:
        return self._("Everything about this chat is deleted. Send photos whenever you want to start again.")

    def really_forget(self) -> str:
        return self._("This deletes the project, the settings and whatever is running in this chat. Really?")

    # --- stages -------------------------------------------------------------------------------------------------------

    def connecting(self) -> str:
        return self._("Connecting…")

    def got_files(self, count: int, noun: str) -> str:
        return self._("Got {what}.").format(what=self.files(count, noun))

    def files(self, count: int, noun: str) -> str:
        """ "1 photo", "3 photos", "2 files"."""
        _ = self._
        if noun == "photo":
            return _.ngettext("{count} photo", "{count} photos", count).format(count=count)
        return _.ngettext("{count} file", "{count} files", count).format(count=count)

    def checking(self, number: int, count: int) -> str:
        return self._("Checking {number} of {count}").format(number=number, count=count)

    def uploading(self, number: int, count: int) -> str:
        return self._("Uploading {number} of {count}").format(number=number, count=count)

    def sent(self, *, first: bool) -> str:
        """The agent has the instruction; `first` is one for a first video, for which there was much to make ready."""
        return self._("Ready! Working on it…") if first else self._("Working on it…")

    def still_working(self, seconds: float) -> str:
        return self._("⏳ Still working... ({minutes} min)").format(minutes=max(1, round(seconds / 60)))

    def looking_again(self) -> str:
        return self._("The connection broke. I'm checking whether it worked…")

    def rendering(self, percent: float | None) -> str:
        if percent is None:
            return self._("Rendering…")
        return self._("Rendering {percent} %").format(percent=int(percent))

    def time_left(self, seconds: int) -> str:
        """For a whole number of seconds below a minute, or of minutes."""
        if seconds < 60:
            return self._("about {seconds} s left").format(seconds=seconds)
        return self._("about {minutes} min left").format(minutes=seconds // 60)

    def finishing(self) -> str:
        return self._("Almost there: preparing the video…")

    def waiting_for_photos(self) -> str:
        return self._("Send me the photos, I'm waiting for them.")

    def send_photos_and_go(self) -> str:
        return self._("No photos have come yet. Send them, and I'll do what you said.")

    # --- one video of each photo --------------------------------------------------------------------------------------

    def one_of_each(self, count: int) -> str:
        """There are never fewer than two."""
        return self._("{count} videos, one for each photo. They come one after another.").format(count=count)

    def number_of(self, number: int, count: int, name: str) -> str:
        """What one of several videos is: "2 of 3 · beach.jpg"."""
        told = self._("{number} of {count}").format(number=number, count=count)
        return f"{told} · {name}" if name else told

    def not_begun(self, count: int) -> str:
        _ = self._
        if count == 1:
            return _("I did not start the other video.")
        return _("I did not start the other {count} videos.").format(count=count)

    # --- questions ----------------------------------------------------------------------------------------------------

    def what_to_make(self, count: int, noun: str) -> str:
        question = self._.ngettext(
            "Got {what}. What should I make of it?", "Got {what}. What should I make of them?", count
        )
        return question.format(what=self.files(count, noun))

    def more_came(self, count: int, noun: str) -> str:
        _ = self._
        if noun == "photo":
            said = _.ngettext("{count} more photo came, add it?", "{count} more photos came, add them?", count)
        else:
            said = _.ngettext("{count} more file came, add it?", "{count} more files came, add them?", count)
        return said.format(count=count)

    def too_far_back(self) -> str:
        return self._("I can't go back to that video any more. Shall I change the newest one?")

    def still_do_it(self, text: str) -> str:
        return self._("This waited while I was away: “{text}”. Shall I still do it?").format(text=text)

    def send_photos_first(self) -> str:
        return self._("Send me the photos as files or pictures, up to 10 in one message, 60 in all.")

    # --- answers ------------------------------------------------------------------------------------------------------

    def nothing_changed(self) -> str:
        return self._("Nothing changed on the timeline. Try saying it in other words.")

    def nothing_to_export(self) -> str:
        return self._("There is nothing to export yet. Send photos and say what to make of them.")

    def here_it_is(self) -> str:
        return self._("Here is your video again.")

    def nothing_to_undo(self) -> str:
        return self._("There is nothing to go back to.")

    def as_it_was(self) -> str:
        return self._("It is as it was before.")

    def not_as_it_was(self, changes: str) -> str:
        return self._("This is not exactly how it was before. What changed now: {changes}").format(changes=changes)

    def came_since(self, changes: str) -> str:
        return self._("The video service has added more, so a new video follows. {changes}").format(changes=changes)

    def caption(self, title: str, seconds: float, width: int, height: int, link: str) -> str:
        size = self._("{seconds} s · {width}×{height}").format(seconds=round(seconds), width=width, height=height)
        line = f"{title} · {size}" if title else size
        return "\n".join((line, self._("Open in the browser: {link}").format(link=link))) if link else line

    def reduced(self) -> str:
        return self._("Made smaller to fit into this chat.")

    def perhaps_again(self) -> str:
        return self._("Sent again in case it did not arrive the first time.")

    def posted_above(self) -> str:
        return self._("The video is in the message above.")

    def as_link(self, link: str) -> str:
        return self._("The video is too large for this chat. Here it is: {link}").format(link=link)

    def too_large_to_post(self) -> str:
        return self._("The video is too large for this chat. Ask for a shorter one, and I'll post that.")

    def balance(self, balance: Credits) -> str:
        line = self._("Credits: {available} available, {frozen} reserved, {total} in all.")
        return line.format(
            available=_number(balance.available), frozen=_number(balance.frozen), total=_number(balance.total)
        )

    def more_credits(self, link: str) -> str:
        return self._("More credits: {link}").format(link=link)

    def started_afresh(self) -> str:
        return self._("The project was no longer there, so I started a new one with your photos.")

    def new_project(self) -> str:
        return self._("A new project. Send photos whenever you like.")

    def next_in_line(self) -> str:
        return self._("Noted, next in line.")

    def in_line(self, place: int, seconds: int | None) -> str:
        told = self._("Many are asking at once: you are number {place} in line.").format(place=place)
        return f"{told} ({self.time_left(seconds)})" if seconds else told

    def tip(self, tip: str) -> str:
        return self._("Tip: {tip}").format(tip=tip)

    # --- stopping -----------------------------------------------------------------------------------------------------

    def stopped(self) -> str:
        return self._("Stopped.")

    def stopped_too_late(self) -> str:
        return self._("Stopped. What the video service had already begun may still be charged.")

    def stopping(self) -> str:
        return self._("Stopping…")

    def nothing_runs(self) -> str:
        return self._("Nothing is running here.")

    # --- what is going on ---------------------------------------------------------------------------------------------

    def idle(self) -> str:
        return self._("Nothing is running.")

    def busy(self, minutes: int) -> str:
        _ = self._
        return _("I'm working on it.") if minutes < 1 else _("I'm working on it, {n} min so far.").format(n=minutes)

    def no_project(self) -> str:
        return self._("There is no project in this chat yet. Send photos to begin one.")

    def timeline(self, now: Timeline) -> str:
        """What is on a timeline, track by track."""
        return timeline.summary(now, self._)

    def changes(self, changes: Sequence[Change]) -> str:
        """What has changed on a timeline."""
        return timeline.describe(changes, self._)

    # --- outcomes -----------------------------------------------------------------------------------------------------

    def outcome_unknown(self) -> str:
        return self._("I can't tell whether it worked; I did not send it again. Try again?")

    def gave_up(self) -> str:
        return self._("This did not work, even after several tries, so I stopped. Try again?")

    def agent_failed(self) -> str:
        return self._("The video service had a problem and stopped. Try again?")

    def try_again_at(self, when: datetime) -> str:
        return self._("The video service does not answer. I'll try again at {time}.").format(time=f"{when:%H:%M:%S}")

    def access_expired(self) -> str:
        return self._("My access to the video service had just expired, so nothing was done. Try again?")

    def trouble(self, error: Exception, *, register: str = "") -> str:
        """What a person reads about an error: one sentence, and what to do."""
        return trouble(error, self._, register=register)

    # --- menus --------------------------------------------------------------------------------------------------------

    def which_music(self) -> str:
        return self._("What kind of music?")

    def which_skill(self, active: str) -> str:
        return self._("Now: {active}. What do you want to make?").format(active=active)

    def no_such_skill(self, name: str) -> str:
        return self._("I have no skill called “{name}”.").format(name=name)

    def skills_by_name(self, names: str) -> str:
        return self._("By name, after /skill: {names}").format(names=names)

    def skill_chosen(self, title: str) -> str:
        return self._("From now on: {title}. Send photos, or say what to make.").format(title=title)

    # --- notices on presses -------------------------------------------------------------------------------------------

    def not_yours(self) -> str:
        return self._("This button is for the person who asked.")

    def too_old(self) -> str:
        return self._("This button is too old. Just tell me what you want.")

    def moved_on(self) -> str:
        return self._("The project has moved on since. Just tell me what you want.")

    def already_pressed(self) -> str:
        return self._("I'm on it already.")

    def on_it(self) -> str:
        return self._("On it.")

    # --- settings -----------------------------------------------------------------------------------------------------

    def settings(self, *, language: str, auto_export: bool, ratio: str) -> str:
        _ = self._
        return "\n".join(
            (
                # Translators: the name of your language, in your language.
                _("Language: {language}").format(language=_("English") if language else _("as in your app")),
                _("Video after each change: {value}").format(value=_("yes") if auto_export else _("only on /export")),
                _("Format: {ratio}").format(ratio=ratio or _("automatic")),
                _("Change it: /settings language zh · /settings export off · /settings ratio 9:16"),
            )
        )

    def not_understood_setting(self) -> str:
        told = self._("You can set: language auto / {languages} · export on / off · ratio auto / 16:9 / 9:16 / 1:1")
        return told.format(languages=" / ".join(tags()))

    def group_admins_only(self) -> str:
        return self._("Only this group's admins can do that.")

    def mailbox_full(self) -> str:
        return self._("Too many messages are waiting here already. Let me finish some first.")


def _number(value: float) -> str:
    return f"{value:g}"
