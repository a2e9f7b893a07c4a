"""Keys, scales and chords. Pitches count semitones (60 is middle C), degrees count steps of a scale from its tonic."""

from __future__ import annotations

from dataclasses import dataclass

MAJOR = (0, 2, 4, 5, 7, 9, 11)
MINOR = (0, 2, 3, 5, 7, 8, 10)
STEPS = 7


@dataclass(frozen=True, slots=True)
class Key:
    """A tonic, as a pitch around middle C, and a scale."""

    tonic: int
    scale: tuple[int, ...]

    def pitch(self, degree: int) -> int:
        """The pitch of a step; 0 is the tonic, 7 the tonic above."""
        octave, step = divmod(degree, STEPS)
        return self.tonic + 12 * octave + self.scale[step]


@dataclass(frozen=True, slots=True)
class Chord:
    """Thirds on top of each other, `size` notes from the step `root` on."""

    key: Key
    root: int
    size: int = 3

    @property
    def degrees(self) -> tuple[int, ...]:
        """The steps it consists of, the root first."""
        return tuple(self.root + 2 * third for third in range(self.size))

    def voiced(self, centre: int) -> tuple[int, ...]:
        """Its pitches in the octave around a pitch, lowest first, so that neighbours in a progression lie close."""
        return tuple(sorted({nearest(self.key.pitch(degree), centre) for degree in self.degrees}))

    def bass(self, centre: int) -> int:
        """The root, in the octave around a pitch."""
        return nearest(self.key.pitch(self.root), centre)

    def closest(self, degree: int) -> int:
        """The step of the triad, in any octave, that lies closest to a step."""
        near = range(degree - 3, degree + 4)
        members = {member % STEPS for member in self.degrees[:3]}
        return min((step for step in near if step % STEPS in members), key=lambda step: (abs(step - degree), step))


def nearest(pitch: int, centre: int) -> int:
    """The pitch moved by octaves to where it is closest to `centre`."""
    return centre + (pitch - centre + 6) % 12 - 6
