"""What is said about a person's own account."""

from __future__ import annotations

from core.wording.languages import Language


class AboutOwnAccount:
    """A part of `core.wording.words.Words`."""

    _: Language

    def how_to_link(self) -> str:
        return self._(
            "Send /link followed by your own NemoVideo token. I delete that message, keep the token encrypted, "
            "and from then on your videos use your credits. /unlink ends it."
        )

    def linked(self, credits_left: float) -> str:
        told = self._(
            "Your account is linked, with {count} credits. Your videos use it from now on, beginning with a new "
            "project. /unlink ends it."
        )
        return told.format(count=f"{credits_left:g}")

    def token_refused(self) -> str:
        return self._(
            "The video service does not accept this token. Copy a fresh one from your account and send it again."
        )

    def not_linked_yet(self) -> str:
        return self._("Nothing is linked yet. Please send the token again later.")

    def only_in_private(self) -> str:
        return self._("This works only in a private chat with me, where nobody else reads along.")

    def take_away_yourself(self) -> str:
        return self._("Please delete your message yourself: whoever reads the token can use your account.")

    def account_in_use(self) -> str:
        return self._("Your account is in use right now. Wait until I'm done, or send /cancel; then say it again.")

    def unlinked(self) -> str:
        return self._(
            "Your token is deleted. From now on this bot's own account is used, beginning with a new project."
        )

    def nothing_linked(self) -> str:
        return self._("No account of yours is linked here.")
