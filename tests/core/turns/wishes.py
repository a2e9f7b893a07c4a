"""What most conversations begin with: photos, a sentence, and a video of them."""

from __future__ import annotations

from core.jobs import Phase
from tests.core.house import House, Person

WISH = "a 6-second slideshow of these with music"


async def make(person: Person, text: str = WISH, photos: int = 2) -> None:
    """Say it, and wait until it is done."""
    message = await person.sends(text, photos=photos)
    await person.is_done_with(message, Phase.DONE)


async def made(home: House, text: str = WISH, photos: int = 2) -> Person:
    """Somebody who got what they asked for."""
    anna = home.person()
    await make(anna, text, photos)
    return anna
