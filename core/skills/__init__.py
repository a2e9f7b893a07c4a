"""Skills: what the bot offers to make, each described by a file."""

from core.skills.catalogue import Skills, built_in, load
from core.skills.skillfile import Skill, read

__all__ = ["Skill", "Skills", "built_in", "load", "read"]
