"""Everything that lasts: every key, lifetime and script; Redis is spoken here and nowhere else."""
