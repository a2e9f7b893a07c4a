"""Turns: what happens to one message, from the mailbox until its video is in the chat."""

from core.turns.turn import Turns

__all__ = ["Turns"]
