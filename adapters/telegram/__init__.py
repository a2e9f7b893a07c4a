"""Telegram: the way in (polling or webhook), the way out, and what the operator is told about both."""
