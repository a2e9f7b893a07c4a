"""Skills: what the bot offers to make, each described by a file."""

from core.skills.catalogue import Skill, Skills, built_in, load, read

__all__ = ["Skill", "Skills", "built_in", "load", "read"]
