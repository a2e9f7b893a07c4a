"""What a person means by a sentence: a look-up or errand that we do ourselves, or a message for the editor."""

from core.routing.intents import Action, announces_files, classify, wants_undo

__all__ = ["Action", "announces_files", "classify", "wants_undo"]
