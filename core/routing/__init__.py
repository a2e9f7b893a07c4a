"""What a person means by a sentence: a look-up or errand that we do ourselves, or a message for the editor."""

from core.routing.announcing import announces_files
from core.routing.intents import classify, wants_undo
from core.routing.rules import Action

__all__ = ["Action", "announces_files", "classify", "wants_undo"]
