"""The settings: the only place where the environment is read."""

from __future__ import annotations

import os
import sys
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

STUDIO = "studio"
ACCESS_TOKEN_CHARACTERS = 16


class SettingsError(Exception):
    """The settings do not fit together. The text names the variable and the fix, never its value."""


class Settings(BaseSettings):
    """Everything an operator can set, by environment or in a file `.env`. An empty value counts as unset."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    nemo_api_url: str = "https://mega-api-prod.nemovideo.ai"
    nemo_web_url: str = "https://nemovideo.com"
    nemo_token: SecretStr = SecretStr("")
    nemo_client_id: SecretStr = SecretStr("")
    skill_source: str = ""

    telegram_bot_token: SecretStr = SecretStr("")
    telegram_api_url: str = "https://api.telegram.org"
    telegram_local_mode: bool = False
    telegram_webhook_secret: SecretStr = SecretStr("")
    discord_bot_token: SecretStr = SecretStr("")
    discord_api_url: str = "https://discord.com/api/v10"
    discord_message_content: bool = False
    discord_shard_count: int = Field(default=0, ge=0)
    discord_shard_ids: Annotated[tuple[int, ...], NoDecode] = ()
    discord_threads: bool = False

    public_url: str = ""
    web_access_token: SecretStr = SecretStr("")
    trusted_proxies: str = ""
    host: str = ""
    port: int = Field(default=8000, ge=0, le=65535)

    redis_url: SecretStr = SecretStr("")
    redis_prefix: str = "photoreel"
    photoreel_data: Path = Path("~/.local/share/photoreel")
    photoreel_key: SecretStr = SecretStr("")
    photoreel_skills: str = ""
    drain_seconds: float = Field(default=8.0, ge=0)
    log_level: str = "INFO"

    blob_megabytes: int = Field(default=2000, gt=0)
    lease_seconds: float = Field(default=15.0, gt=0)
    look_seconds: Annotated[tuple[float, ...], NoDecode] = (30.0, 60.0, 60.0, 60.0, 60.0)
    turns_at_once: int = Field(default=0, ge=0)
    turns_each: int = Field(default=0, ge=0)
    gather_seconds: float = Field(default=2.0, ge=0)
    studio_generation_seconds: float = Field(default=4.0, ge=0)
    studio_edit_seconds: float = Field(default=1.2, ge=0)
    studio_keeps_working: bool = True

    @field_validator("photoreel_data")
    @classmethod
    def _at_home(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("web_access_token")
    @classmethod
    def _not_guessed(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value) < ACCESS_TOKEN_CHARACTERS:
            raise ValueError(f"must have at least {ACCESS_TOKEN_CHARACTERS} characters; openssl rand -hex 16 makes one")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        for part in _parts(value):
            try:
                ip_network(part, strict=False)
            except ValueError:
                raise ValueError("must be addresses or networks, such as 127.0.0.1,10.0.0.0/8") from None
        return value

    @field_validator("nemo_api_url", "nemo_web_url")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value)
        local = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")
        if value != STUDIO and not local and not (parts.scheme == "https" and parts.hostname):
            raise ValueError("must be https://…, http://127.0.0.1:… or studio")
        return value.rstrip("/")

    @field_validator("look_seconds", "discord_shard_ids", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return [part for part in value.strip("[] ").split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("log_level")
    @classmethod
    def _level(cls, value: str) -> str:
        if value.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
            raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
        return value.upper()

    @property
    def local_backend(self) -> bool:
        """Whether the studio is the backend."""
        return self.nemo_api_url == STUDIO

    @property
    def webhook(self) -> bool:
        """Whether the chat platforms bring what comes to us, rather than being asked for it."""
        return bool(self.telegram_bot_token and self.public_url)

    @property
    def web_wanted(self) -> bool:
        """Whether the web chat is served: on this machine's own address, or behind an access token."""
        return bool(self.web_access_token or self.host)

    @property
    def chat_wanted(self) -> bool:
        """Whether there is any chat platform to serve."""
        return bool(self.telegram_bot_token or self.discord_bot_token)

    @property
    def polled(self) -> bool:
        """Whether there is a chat platform that `photoreel listen` can hear."""
        return bool(self.discord_bot_token or (self.telegram_bot_token and not self.webhook))

    @property
    def bind_host(self) -> str:
        """Where the web chat listens: on this machine only, unless told otherwise."""
        return self.host or "127.0.0.1"

    @property
    def proxies(self) -> tuple[str, ...]:
        """The addresses and networks of proxies that tell the truth about who comes."""
        return tuple(_parts(self.trusted_proxies))

    @property
    def own_skill_folders(self) -> tuple[Path, ...]:
        """The folders with skills that the operator named."""
        return tuple(Path(part).expanduser() for part in self.photoreel_skills.split(os.pathsep) if part)

    @property
    def skill_folders(self) -> tuple[Path, ...]:
        """Further folders with skills: the operator's, and where the vendor's tools put them."""
        return (*self.own_skill_folders, Path.home() / ".clawhub", Path.home() / ".cursor" / "skills")

    @property
    def vendor_client_id(self) -> Path:
        """Where the vendor's own tools keep their client id."""
        return Path.home() / ".config" / "nemovideo" / "client_id"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret value, for the logs to leave out."""
        values = (getattr(self, name) for name in type(self).model_fields)
        return tuple(value.get_secret_value() for value in values if isinstance(value, SecretStr) and value)


def _parts(listed: str) -> list[str]:
    return [part.strip() for part in listed.split(",") if part.strip()]


def load(**overrides: object) -> Settings:
    """The settings, with what the command line overrides. Raises `SettingsError`."""
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        faults = (
            f"{str(one['loc'][0]).upper()}: {one['msg'].removeprefix('Value error, ')}"
            for one in error.errors(include_input=False)
        )
        raise SettingsError("; ".join(faults)) from None  # the original quotes values, which may be secrets


def has_screen() -> bool:
    """Whether a browser window can be opened here."""
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
