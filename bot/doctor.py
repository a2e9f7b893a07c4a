"""The doctor: looks at everything that a run depends on, and names the fix for what is not well."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, replace
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final

import httpx

from bot import wiring
from bot.platforms.checkup import check_platforms
from bot.settings import Settings, SettingsError
from bot.troubles import sentence_of
from core.errors import BackendError, PhotoreelError, TokenExpired
from core.nemo.attribution import Attribution, platform_of
from core.nemo.client import open_client
from core.nemo.patience import NemoSettings
from core.nemo.values import Credential
from core.ports import Finding
from core.store.health import findings_of

Check = Callable[[Settings], Awaitable[Sequence[Finding]]]

WITHIN: Final = 30.0  # seconds for each check
ROOM: Final = 1_000_000_000  # bytes: two or three renders in the making, and their videos
SKEW_SECONDS: Final = 60.0


async def examine(settings: Settings) -> Sequence[Finding]:
    """Everything that can be found out without changing or paying anything."""
    checks = {
        "data folder": _folder,
        "store": _store,
        "backend": _backend,
        "videos": _codecs,
        "skills": _skills,
        "web chat": _web,
        "chat platforms": check_platforms,
    }
    found = await asyncio.gather(*(_in_time(subject, check(settings)) for subject, check in checks.items()))
    return [Finding("settings", True, "read from the environment and .env"), *(one for some in found for one in some)]


def unsettled(error: SettingsError) -> Sequence[Finding]:
    """All there is to say where the settings do not fit together."""
    return [Finding("settings", False, str(error), "docs/settings.md tells what each may be.")]


async def _in_time(subject: str, check: Awaitable[Sequence[Finding]]) -> Sequence[Finding]:
    try:
        async with asyncio.timeout(WITHIN):
            return await check
    except TimeoutError:
        return [
            Finding(
                subject,
                False,
                f"no answer within {WITHIN:g} s",
                "Look whether this machine is overloaded, then run the doctor again.",
            )
        ]
    except (PhotoreelError, SettingsError, OSError) as error:
        return [
            Finding(
                subject, False, sentence_of(error) or str(error), "Correct that, then run `photoreel doctor` again."
            )
        ]


def report(findings: Sequence[Finding], *, facts: bool = False) -> str:
    """The findings as lines for people, or as JSON for programs."""
    if facts:
        told = [replace(one, fix="") if one.well else one for one in findings]
        return json.dumps([asdict(one) for one in told], ensure_ascii=False)
    lines = [f"{'✓' if one.well else '✗'} {one.subject}: {one.detail}" + _fix_of(one) for one in findings]
    ill = sum(not one.well for one in findings)
    return "\n".join([*lines, f"{ill} to mend." if ill else "All is well."])


def _fix_of(finding: Finding) -> str:
    return "" if finding.well or not finding.fix else f"\n    {finding.fix}"


# --- this machine -----------------------------------------------------------------------------------------------------


async def _folder(settings: Settings) -> Sequence[Finding]:
    data = settings.photoreel_data
    fix = "Let PHOTOREEL_DATA name a folder that this user may write to."
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=data):
            pass
    except OSError as error:
        return [Finding("data folder", False, f"{data}: {error.strerror}", fix)]
    free = shutil.disk_usage(data).free
    told = f"{free / 1e9:.1f} GB free at {data}"
    room = "Free some space, or let PHOTOREEL_DATA name a folder on another disk."
    return [Finding("data folder", True, f"{data} can be written"), Finding("disk", free >= ROOM, told, room)]


async def _codecs(_settings: Settings) -> Sequence[Finding]:
    return await asyncio.to_thread(_encoders)


def _encoders() -> Sequence[Finding]:
    fix = "Run `make install` again: the wheels of PyAV and pi-heif bring these along."
    try:
        import av
        import pi_heif
    except ImportError as error:
        return [Finding("videos", False, f"{error.name} cannot be loaded", fix)]
    missing = sorted({"libx264", "aac"} - av.codecs_available)
    formats = Finding("pictures", True, f"HEIC by libheif {pi_heif.libheif_version()}")
    if missing:
        return [formats, Finding("videos", False, f"no encoder for {' and '.join(missing)}", fix)]
    return [formats, Finding("videos", True, f"H.264 and AAC by PyAV {av.__version__}")]


async def _skills(settings: Settings) -> Sequence[Finding]:
    skills = await asyncio.to_thread(wiring.skills_of, settings)
    found = Finding("skills", True, f"{len(skills.all)} can be used")
    lost = [folder for folder in settings.own_skill_folders if not folder.is_dir()]
    fix = "Let PHOTOREEL_SKILLS name folders that exist."
    return [found, *(Finding("skills", False, f"{folder}: there is no such folder", fix) for folder in lost)]


async def _web(settings: Settings) -> Sequence[Finding]:
    if not settings.web_wanted:
        return [Finding("web chat", True, "not served: neither HOST nor WEB_ACCESS_TOKEN is set")]
    web = wiring.web_settings(settings)
    where = settings.public_url or f"{web.host}:{web.port}"
    return [Finding("web chat", True, f"{where}, {'with' if web.access_token else 'without'} an access token")]


# --- what is elsewhere ------------------------------------------------------------------------------------------------


async def _store(settings: Settings) -> Sequence[Finding]:
    async with wiring.open_ground(settings) as ground:
        return await findings_of(ground.connection)


async def _backend(settings: Settings) -> Sequence[Finding]:
    if settings.local_backend:
        return [Finding("backend", True, "the local studio, which is started with the program")]
    fix = "Check the network and NEMO_API_URL; NEMO_API_URL=studio needs neither."
    try:
        async with httpx.AsyncClient(timeout=WITHIN / 2, trust_env=False) as http:
            answer = await http.get(settings.nemo_api_url)
    except httpx.HTTPError as error:
        return [Finding("backend", False, f"{settings.nemo_api_url}: no answer ({type(error).__name__})", fix)]
    if answer.is_server_error:
        return [Finding("backend", False, f"{settings.nemo_api_url}: answers with HTTP {answer.status_code}", fix)]
    reached = Finding("backend", True, f"{settings.nemo_api_url} answers")
    return [reached, *_clock(answer), *await _token(settings)]


def _clock(answer: httpx.Response) -> Sequence[Finding]:
    try:
        theirs = parsedate_to_datetime(answer.headers["date"]).timestamp()
    except (KeyError, ValueError):
        return ()
    skew = abs(theirs - time.time())
    fix = "Let this machine set its clock by NTP: tokens are renewed by it."
    return [Finding("clock", skew <= SKEW_SECONDS, f"{skew:.0f} s apart from the backend's", fix)]


async def _token(settings: Settings) -> Sequence[Finding]:
    """The operator's own token is tried; an anonymous one is not fetched for this, since there is one a week."""
    token = settings.nemo_token.get_secret_value()
    if not token:
        return [Finding("token", True, "anonymous: fetched when the first message comes, and kept")]
    try:
        async with open_client(NemoSettings(settings.nemo_api_url, settings.nemo_web_url)) as client:
            balance = await client.credits(_credential(settings, token))
    except TokenExpired:
        return [Finding("token", False, "the backend does not accept NEMO_TOKEN", "Renew NEMO_TOKEN, or unset it.")]
    except BackendError as error:
        return [Finding("token", False, f"could not be tried ({type(error).__name__})", "Try again later.")]
    told = f"NEMO_TOKEN is accepted, {balance.available:g} credits left"
    return [Finding("token", balance.available > 0, told, "Top up the account.")]


def _credential(settings: Settings, token: str) -> Credential:
    skill = wiring.skills_of(settings).all[0]
    platform = platform_of(skill.path, Path.home(), settings.skill_source)
    return Credential(token, Attribution(skill.name, skill.version, platform))
