"""The command line. Nothing heavy is imported before it is needed: `--help` answers at once."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from bot.order import Order
    from bot.processes import House, Parts
    from bot.settings import Settings

app = typer.Typer(
    name="photoreel",
    help="Send photos to a chat, get a finished video back.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Host = Annotated[str | None, typer.Option(help="Address the web chat listens on. [HOST]")]
Port = Annotated[int | None, typer.Option(help="Port of the web chat. [PORT]")]


@app.command()
def run(host: Host = None, port: Port = None) -> None:
    """Everything in one process, for the platforms whose tokens are set."""
    from bot.processes import Parts

    settings = _settings(host=host, port=port)
    if not settings.web_wanted and not settings.chat_wanted:
        _fail(
            "nothing to serve: set TELEGRAM_BOT_TOKEN or DISCORD_BOT_TOKEN, or HOST=127.0.0.1 for the web chat "
            "(or HOST and WEB_ACCESS_TOKEN)"
        )
    parts = Parts(web=settings.web_wanted or settings.webhook, listen=True, work=True)
    _serve(settings, parts, "Listening: {hears}")


@app.command()
def demo(host: Host = None, port: Port = None) -> None:
    """The web chat with the local studio: no account, no token."""
    from bot.processes import Parts
    from bot.settings import STUDIO

    settings = _settings(host=host, port=port, nemo_api_url=STUDIO)
    parts = Parts(web=True, work=True, move_on=True)
    _serve(settings, parts, "Photoreel is ready: open {address} and drop some photos. Ctrl-C ends it.", show=True)


@app.command()
def web(host: Host = None, port: Port = None) -> None:
    """The web chat alone; `work` does the work. Both need REDIS_URL, or the same PHOTOREEL_DATA."""
    from bot.processes import Parts

    _serve(_settings(host=host, port=port), Parts(web=True), "Listening: {hears}")


@app.command()
def listen() -> None:
    """The ways in of the chat platforms alone; `work` does the work."""
    from bot.processes import Parts

    settings = _settings()
    if not settings.polled:
        _fail("nothing to listen to: set TELEGRAM_BOT_TOKEN or DISCORD_BOT_TOKEN; `photoreel web` serves the rest")
    _serve(settings, Parts(listen=True), "Listening: {hears}")


@app.command()
def work() -> None:
    """A worker: any number of them over one REDIS_URL."""
    from bot.processes import Parts

    _serve(_settings(), Parts(work=True), "Working.")


@app.command()
def make(
    files: Annotated[list[Path], typer.Argument(help="Photos (JPG, PNG, WEBP, HEIC, GIF), videos, audio.")],
    prompt: Annotated[str, typer.Option("--prompt", "-p", help="What to make of them.")] = "",
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the video goes.")] = Path("out.mp4"),
    skill: Annotated[str, typer.Option(help="Which skill to use.")] = "",
    studio: Annotated[bool, typer.Option("--studio", help="Use the local backend.")] = False,
    facts: Annotated[bool, typer.Option("--json", help="Print the result's facts as JSON.")] = False,
) -> None:
    """Photos in, MP4 out. Exit codes: 0 done, 2 bad usage, 3 backend refused, 4 file refused, 130 interrupted."""
    from bot.order import BadOrder, Order, check

    order = Order(files, prompt, output, skill, facts)
    try:
        check(order)
        raise typer.Exit(int(_carry_out(order, studio=studio)))
    except BadOrder as error:
        _fail(str(error))


@app.command()
def studio(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8100,
) -> None:
    """The local backend alone: set NEMO_API_URL to its address to use it."""
    from bot.processes import serve_studio

    settings = _settings()
    _run(settings, lambda: serve_studio(settings, host, port, announce=typer.echo))


@app.command()
def doctor(facts: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False) -> None:
    """Looks at everything that a run depends on, and names the fix. Exit codes: 0 all is well, 1 something is not."""
    from bot.doctor import examine, report, unsettled
    from bot.settings import SettingsError, load

    try:
        settings = load()
    except SettingsError as error:
        findings = unsettled(error)
    else:
        findings = _run(settings, lambda: examine(settings), quiet=True)
    typer.echo(report(findings, facts=facts))
    raise typer.Exit(0 if all(finding.well for finding in findings) else 1)


def main() -> None:
    """The console script."""
    app()


# --- what the commands share ------------------------------------------------------------------------------------------


def _carry_out(order: Order, *, studio: bool) -> int:
    from bot.settings import STUDIO

    settings = _settings(nemo_api_url=STUDIO if studio else None)
    from bot.make import make as carry_out

    code: int = _run(settings, lambda: carry_out(settings, order), quiet=True)
    return code


def _settings(**overrides: object) -> Settings:
    from bot.settings import SettingsError, load

    try:
        return load(**overrides)
    except SettingsError as error:
        _fail(str(error))


def _serve(settings: Settings, parts: Parts, line: str, *, show: bool = False) -> None:
    from bot.processes import run as run_parts

    def announce(house: House) -> None:
        typer.echo(line.format(address=house.address, hears=house.hears))
        if show:
            _show(house.address)

    _run(settings, lambda: run_parts(settings, parts, announce=announce))


def _show(address: str) -> None:
    """Open a browser where somebody sits before a screen."""
    import webbrowser

    from bot.settings import has_screen

    if sys.stdout.isatty() and has_screen():
        webbrowser.open(address)


def _run(settings: Settings, work: Callable[[], Coroutine[Any, Any, Any]], *, quiet: bool = False) -> Any:
    """Run until it ends; what an operator can mend is one line, not a traceback."""
    from bot import logs
    from bot.troubles import code_of, sentence_of

    level = "ERROR" if quiet and settings.log_level == "INFO" else settings.log_level
    logs.set_up(level, settings.secrets)
    try:
        with asyncio.Runner(loop_factory=_loop) as runner:
            return runner.run(work())
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise typer.Exit(130) from None
    except Exception as error:
        sentence = sentence_of(error)
        if sentence is None:
            raise
        _fail(sentence, code_of(error))


def _loop() -> asyncio.AbstractEventLoop:
    """The quicker loop where there is one (not on Windows)."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def _fail(text: str, code: int = 2) -> NoReturn:
    typer.echo(f"photoreel: {text}", err=True)
    raise typer.Exit(code)
