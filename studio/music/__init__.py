"""Music made for a video: four moods, a piece of its own for every seed, as long as it has to be."""

from studio.music.composing import compose

__all__ = ["compose"]
