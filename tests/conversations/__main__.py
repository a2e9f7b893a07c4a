"""Plays all conversations and writes them to `docs/conversations.md`: `make conversations`."""

from __future__ import annotations

import asyncio
import logging

import structlog

from tests.conversations.book import PAGE, all_performed, page_of


def main() -> None:
    """Write the page."""
    logging.disable(logging.CRITICAL)  # what breaks in these scenes breaks on purpose
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    PAGE.write_text(page_of(iter(asyncio.run(all_performed()))), "utf-8")


if __name__ == "__main__":
    main()
