"""What an operator reads when the program cannot start: one line with the fix."""

from __future__ import annotations

from adapters.telegram.settings import TokenRefused
from adapters.web.access import AccessTokenMissing
from adapters.web.server import CannotListen, PortBusy
from bot.backends import LocalBackendAway
from bot.order import Exit
from bot.settings import SettingsError
from core.errors import StoreAway


def code_of(error: BaseException) -> int:
    """The exit code: one for what was typed or set, another for what is the matter with the machine."""
    if isinstance(error, BaseExceptionGroup):
        return max(code_of(one) for one in error.exceptions)
    ordered = (PortBusy, CannotListen, SettingsError, AccessTokenMissing, TokenRefused)
    return Exit.USAGE if isinstance(error, ordered) else Exit.MACHINE


def sentence_of(error: BaseException) -> str | None:
    """The line for an error that an operator can mend; None for a bug of ours, which deserves its traceback."""
    if isinstance(error, BaseExceptionGroup):
        sentences = [sentence_of(one) for one in error.exceptions]
        return next((one for one in sentences if one is not None), None)
    match error:
        case PortBusy(host=host, port=port, free=free):
            return f"port {port} on {host} is in use." + (f" Port {free} is free: use --port {free}" if free else "")
        case TokenRefused():
            return "Telegram does not know the bot's token: set TELEGRAM_BOT_TOKEN to what @BotFather shows"
        case CannotListen() | SettingsError():
            return str(error)
        case AccessTokenMissing(host=host):
            return f"on {host} others can reach the web chat: set WEB_ACCESS_TOKEN, or use HOST=127.0.0.1"
        case StoreAway():
            return f"the store cannot be used: {error}"
        case LocalBackendAway():
            return f"the studio cannot be started: {error}"
        case OSError():
            return f"{error.filename or 'the system'}: {error.strerror or error}"
        case _:
            return None
