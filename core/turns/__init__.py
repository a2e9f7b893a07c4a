"""Turns: what happens to one message from the mailbox until its video is in the chat, one module for each phase."""

from core.turns.turn import Turns

__all__ = ["Turns"]
