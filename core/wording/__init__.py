"""All sentences for people. Errors are facts elsewhere; here they get their words, and their next step."""

from core.wording.languages import speaks, tags
from core.wording.words import Words, words_for

__all__ = ["Words", "speaks", "tags", "words_for"]
