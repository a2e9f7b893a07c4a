"""What a message may look like when it is sent, edited or sent as an answer; embeds, mentions, attachments."""

from __future__ import annotations

from typing import Any

from tests.wire.discord.components import message_components
from tests.wire.discord.shapes import (
    Shape,
    Tree,
    also,
    bits,
    flag,
    link,
    many,
    maybe,
    moment,
    one_of,
    problem,
    snowflake,
    table,
    text,
    whole,
)

SUPPRESS_EMBEDS, EPHEMERAL, LOADING, SILENT, VOICE, V2 = 2, 6, 7, 12, 13, 15

_MEDIA_LINK = link(2048, ("http", "https", "attachment"))
_MEDIA = table({}, {"url": maybe(_MEDIA_LINK), "width": maybe(whole(0)), "height": maybe(whole(0))})
_AUTHOR = table({}, {"name": maybe(text(256)), "url": maybe(link()), "icon_url": maybe(_MEDIA_LINK)})
_FOOTER = table({}, {"text": maybe(text(2048)), "icon_url": maybe(_MEDIA_LINK)})
_FIELD = table({"name": text(256, 1), "value": text(1024, 1)}, {"inline": maybe(flag)})
EMBED = table(
    {},
    {
        "type": maybe(one_of("rich")),
        "flags": whole(0),  # sent by the library
        "url": maybe(link()),
        "title": maybe(text(256)),
        "color": maybe(whole(0, 0xFFFFFF)),
        "timestamp": maybe(moment),
        "description": maybe(text(4096)),
        "author": maybe(_AUTHOR),
        "image": maybe(_MEDIA),
        "thumbnail": maybe(_MEDIA),
        "footer": maybe(_FOOTER),
        "fields": maybe(many(_FIELD, 25)),
    },
)


def _embeds_together(embeds: Any) -> Tree:
    most = 6000
    if sum(map(_letters, embeds)) > most:
        return problem("MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {most}")
    return {}


def _letters(embed: dict[str, Any]) -> int:
    fields = embed.get("fields") or []
    parts = [embed.get("title"), embed.get("description")]
    parts += [(embed.get("footer") or {}).get("text"), (embed.get("author") or {}).get("name")]
    parts += [one[name] for one in fields for name in ("name", "value")]
    return sum(len(part) for part in parts if part)


EMBEDS = also(many(EMBED, 10), _embeds_together)


def _no_contradiction(mentions: Any) -> Tree:
    parse = mentions.get("parse") or []
    for kind in ("users", "roles"):
        if kind in parse and mentions.get(kind):
            return {
                "parse": problem(
                    "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", f"parse:[{kind}] and {kind} exclude each other."
                )
            }
    return {}


MENTIONS = also(
    table(
        {},
        {
            "parse": many(one_of("users", "roles", "everyone"), 3, unique=True),
            "users": many(snowflake, 100, unique=True),
            "roles": many(snowflake, 100, unique=True),
            "replied_user": flag,
        },
    ),
    _no_contradiction,
)

_NEW_OR_KEPT = {
    "filename": text(1024, 1),
    "description": maybe(text(1024)),
    "title": maybe(text(1024)),
    "is_spoiler": flag,
    "duration_secs": maybe(whole(0)),
    "waveform": maybe(text(400)),
}
# On an edit the library sends whole attachments back to say which ones stay.
_ECHOED: dict[str, Shape] = {
    "size": whole(0),
    "url": link(4096),
    "proxy_url": link(4096),
    "height": maybe(whole(0)),
    "width": maybe(whole(0)),
    "content_type": maybe(text(200)),
    "ephemeral": flag,
    "flags": whole(0),
    "spoiler": flag,
}
ATTACHMENTS = many(table({"id": snowflake, "filename": text(1024, 1)}, _NEW_OR_KEPT), 10)
KEPT_ATTACHMENTS = many(table({"id": snowflake}, _NEW_OR_KEPT | _ECHOED), 10)


def _nonce(value: Any) -> Tree:
    return {} if isinstance(value, int) and not isinstance(value, bool) else text(25)(value)


REFERENCE = table(
    {"message_id": snowflake},
    {"type": one_of(0), "channel_id": snowflake, "guild_id": snowflake, "fail_if_not_exists": flag},
)
_SAID: dict[str, Shape] = {
    "content": maybe(text(2000)),
    "embeds": maybe(EMBEDS),
    "allowed_mentions": maybe(MENTIONS),
    "components": maybe(message_components),
}


def _v2_alone(body: Any) -> Tree:
    if (body.get("flags") or 0) & (1 << V2):
        said = [name for name in ("content", "embeds", "sticker_ids", "poll") if body.get(name)]
        wrong = problem(
            "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", "The field cannot be used with components v2."
        )
        return dict.fromkeys(said, wrong)
    rows_only = all(one.get("type") == 1 for one in body.get("components") or [])
    if not rows_only:
        return {"components": problem("UNION_TYPE_CHOICES", "Only rows may be used without the components v2 flag.")}
    if len(body.get("components") or []) > 5:
        return {"components": problem("BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")}
    return {}


MESSAGE = also(
    table(
        {},
        _SAID
        | {
            "attachments": maybe(ATTACHMENTS),
            "flags": maybe(bits(SUPPRESS_EMBEDS, SILENT, VOICE, V2)),
            "tts": maybe(flag),
            "sticker_ids": maybe(many(snowflake, 3)),
            "message_reference": maybe(REFERENCE),
            "nonce": maybe(_nonce),
            "enforce_nonce": maybe(flag),
        },
    ),
    _v2_alone,
)
EDIT = also(
    table(
        {},
        _SAID
        | {
            "attachments": maybe(KEPT_ATTACHMENTS),
            "flags": maybe(bits(SUPPRESS_EMBEDS, V2)),
            "tts": one_of(False),  # the library cannot help sending it
        },
    ),
    _v2_alone,
)
FOLLOW_UP = also(
    table(
        {},
        _SAID
        | {
            "attachments": maybe(ATTACHMENTS),
            "flags": maybe(bits(SUPPRESS_EMBEDS, EPHEMERAL, SILENT, VOICE, V2)),
            "tts": maybe(flag),
        },
    ),
    _v2_alone,
)
ANSWER = FOLLOW_UP
FOLLOW_UP_EDIT = EDIT
DEFERRED = table({}, {"flags": maybe(bits(EPHEMERAL)), "tts": one_of(False)})
