"""The calls that tests speak of, by the names under which the server counts them."""

from __future__ import annotations

MESSAGE = "/channels/{channel}/messages/{message}"
ANSWER = "/webhooks/{application}/{token}/messages/{message}"

POST = "POST /channels/{channel}/messages"
CALLBACK = "POST /interactions/{interaction}/{token}/callback"
FOLLOW_UP = "POST /webhooks/{application}/{token}"
ORIGINAL = f"PATCH {ANSWER}"
