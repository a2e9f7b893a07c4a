"""Every shape of answer in the contract has one meaning; every other shape is a protocol error that names its call."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import (
    BackendAway,
    BackendError,
    BackendRefused,
    ClientIdMissing,
    ExportBlocked,
    FileTooLarge,
    OutOfCredits,
    ProtocolError,
    RateLimited,
    SessionLost,
    TokenExpired,
    UnsupportedFile,
)
from core.nemo import replies
from core.nemo.endpoints import Endpoint
from core.nemo.envelopes import Reply, check, payload
from core.nemo.values import AnonymousToken, ClaimLink, Credits, Render, RenderStatus, Session, UploadedFile

DECODERS: dict[Endpoint, Callable[[Reply], Any]] = {
    Endpoint.TOKEN: replies.anonymous_token,
    Endpoint.SESSION: replies.session,
    Endpoint.CLAIM: lambda reply: replies.claim_link(reply, "https://nemovideo.com"),
    Endpoint.UPLOAD: replies.uploaded_files,
    Endpoint.STATE: replies.state,
    Endpoint.CREDITS: replies.credit_balance,
    Endpoint.RENDER: lambda reply: replies.render(reply, "render_1"),
}


def reply(endpoint: Endpoint, value: Any, status: int = 200) -> Reply:
    return Reply(endpoint, status, json.dumps(value).encode(), "application/json")


def decoded(endpoint: Endpoint, value: Any) -> Any:
    return DECODERS[endpoint](reply(endpoint, value))


# --- what is given ----------------------------------------------------------------------------------------------------


def test_a_token_comes_with_what_is_known_of_it() -> None:
    told = {"token": "nmv_usr_1", "user_id": "anon_1", "expires_at": "2026-01-02T03:04:05Z", "credits": 100}
    expected = AnonymousToken("nmv_usr_1", "anon_1", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), 100)
    assert decoded(Endpoint.TOKEN, {"code": 0, "data": told}) == expected
    assert "nmv_usr_1" not in repr(expected)


@pytest.mark.parametrize("odd", [{}, {"expires_at": "soon", "credits": "many", "user_id": 7}, {"expires_at": None}])
def test_a_token_is_not_lost_over_what_is_odd_beside_it(odd: dict[str, Any]) -> None:
    assert decoded(Endpoint.TOKEN, {"code": 0, "data": {"token": "nmv_usr_1", **odd}}) == AnonymousToken("nmv_usr_1")


def test_a_session_may_keep_its_user_to_itself() -> None:
    told = {"task_id": "t", "session_id": "s", "user_id": "anon_1"}
    assert decoded(Endpoint.SESSION, {"code": 0, "data": told}) == Session("t", "s", "anon_1")
    assert decoded(Endpoint.SESSION, {"code": 0, "data": {"task_id": "t", "session_id": "s"}}) == Session("t", "s")


def test_a_claim_token_becomes_a_link() -> None:
    link = decoded(Endpoint.CLAIM, {"code": 0, "data": {"claim_token": "clm_a/b", "expires_in": 604800}})
    assert link == ClaimLink("https://nemovideo.com/workspace/claim?ct=clm_a%2Fb", 604800)
    assert "clm_" not in repr(link)


def test_uploaded_files_tell_what_they_are() -> None:
    video = {"filename": "a.mp4", "file_type": "video", "cdn_url": "https://c/a", "duration": 30.5}
    video |= {"width": 1920, "height": 1080, "fps": 30, "hash": "h"}
    image = {"filename": "b.jpg", "file_type": "image", "cdn_url": "https://c/b", "duration": None}
    files = decoded(Endpoint.UPLOAD, {"code": 0, "data": {"files": [video, image], "session_state_applied": True}})
    assert files == (
        UploadedFile("a.mp4", "video", "https://c/a", 30.5, 1920, 1080, 30, "h"),
        UploadedFile("b.jpg", "image", "https://c/b"),
    )


DRAFT = {"t": [{"tt": 0, "sg": [{"d": 1.10, "x": 1e21, "m": {"😀": "\ud83d", "n": None}}]}], "unknown": [[], {}, -0.0]}


def test_a_draft_is_kept_as_it_came() -> None:
    inner = {"draft": DRAFT, "canvas_config": {"width": 1080, "height": 1920}, "video_infos": [1], "video_analyses": {}}
    told = {"session_id": "s", "task_id": "t", "task_name": "project", "user_id": "anon_1", "state": inner}
    state = decoded(Endpoint.STATE, {"code": 0, "data": told})
    assert json.dumps(state.draft) == json.dumps(DRAFT)
    assert (state.canvas, state.video_infos, state.generated_media) == ({"width": 1080, "height": 1920}, [1], [])
    assert (state.task_id, state.task_name, state.user_id, state.raw) == ("t", "project", "anon_1", inner)


@pytest.mark.parametrize("number", [b"NaN", b"-Infinity", b"1e999"])
def test_a_draft_that_could_not_be_written_again_is_none(number: bytes) -> None:
    body = b'{"code":0,"data":{"state":{"draft":{"x":' + number + b"}}}}"
    with pytest.raises(ProtocolError):
        replies.state(Reply(Endpoint.STATE, 200, body, "application/json"))


@pytest.mark.parametrize("inner", [{}, {"draft": None, "video_infos": None}])
def test_a_new_project_has_an_empty_draft(inner: dict[str, Any]) -> None:
    assert decoded(Endpoint.STATE, {"code": 0, "data": {"state": inner}}).draft == {}


def test_credits_are_three_numbers() -> None:
    told = {"code": 0, "data": {"available": 50, "frozen": 12.5, "total": 100}}
    assert decoded(Endpoint.CREDITS, told) == Credits(50, 12.5, 100)


FIRST = {"taskId": "x", "status": "completed", "progress": 100}
FIRST |= {"output": {"url": "https://c/o.mp4", "duration": 30.5, "size": 15728640}}
SECOND_DATA = {"id": "x", "status": "completed", "progress": 100, "outputUrl": "https://c/o.mp4", "createdAt": 0}
SECOND = {"success": True, "data": SECOND_DATA}


@pytest.mark.parametrize(
    ("told", "seconds", "size"),
    [
        (FIRST, 30.5, 15728640),
        (SECOND, None, None),
        ({"code": 0, "data": FIRST}, 30.5, 15728640),
        ({"code": 0, "data": SECOND}, None, None),
        ({"code": 0, "data": SECOND_DATA}, None, None),
    ],
)
def test_a_render_is_the_same_in_every_shape(told: Any, seconds: float | None, size: int | None) -> None:
    expected = Render("render_1", RenderStatus.COMPLETED, 100, "https://c/o.mp4", seconds, size)
    assert decoded(Endpoint.RENDER, told) == expected
    assert "https://c/o.mp4" not in repr(expected)


@pytest.mark.parametrize("status", ["pending", "processing", "completed", "failed", "PROCESSING"])
def test_a_render_in_the_making_tells_its_progress_or_not(status: str) -> None:
    assert decoded(Endpoint.RENDER, {"taskId": "x", "status": status}).status == status.lower()
    assert decoded(Endpoint.RENDER, {"taskId": "x", "status": status, "progress": 140}).progress == 100
    assert decoded(Endpoint.RENDER, {"taskId": "x", "status": status, "output": None, "outputUrl": ""}).url is None


# --- refusals ---------------------------------------------------------------------------------------------------------

TABLE = [
    (1001, TokenExpired),
    (1002, SessionLost),
    (2001, OutOfCredits),
    (4001, UnsupportedFile),
    (4002, FileTooLarge),
    (402, ExportBlocked),
    (429, RateLimited),
    (9999, BackendRefused),
    (503, BackendAway),
]


@pytest.mark.parametrize(("code", "error"), TABLE)
@pytest.mark.parametrize("endpoint", DECODERS)
def test_every_code_is_a_typed_error_at_every_call(endpoint: Endpoint, code: int, error: type[BackendError]) -> None:
    for told in ({"code": code, "message": "m"}, {"code": str(code), "message": "m"}, {"success": False, "code": code}):
        with pytest.raises(error) as caught:
            decoded(endpoint, told)
        assert type(caught.value) is error
        assert (caught.value.endpoint, caught.value.code) == (endpoint, code)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, TokenExpired),
        (402, ExportBlocked),
        (413, FileTooLarge),
        (415, UnsupportedFile),
        (429, RateLimited),
        (500, BackendAway),
        (403, BackendRefused),
        (302, ProtocolError),
    ],
)
@pytest.mark.parametrize("body", [b"<html>", b'{"detail":"no"}', b"[]", b""])
def test_a_status_is_a_typed_error_whatever_the_body(status: int, error: type[BackendError], body: bytes) -> None:
    with pytest.raises(error) as caught:
        payload(Reply(Endpoint.CREDITS, status, body, "text/html"))
    assert type(caught.value) is error
    assert caught.value.code == status


def test_a_code_says_more_than_the_status_it_comes_with() -> None:
    with pytest.raises(SessionLost):
        payload(reply(Endpoint.STATE, {"code": 1002}, 400))
    with pytest.raises(TokenExpired):
        payload(reply(Endpoint.STATE, {"code": 4242}, 401))


def test_not_found_is_a_lost_session_only_where_there_is_one() -> None:
    with pytest.raises(SessionLost):
        payload(reply(Endpoint.STATE, {"detail": "Session not found: s"}, 404))
    with pytest.raises(BackendRefused):
        payload(reply(Endpoint.CREDITS, {"detail": "Not Found"}, 404))


def test_a_bad_request_for_a_token_lacks_the_client_id() -> None:
    with pytest.raises(ClientIdMissing):
        payload(reply(Endpoint.TOKEN, {"message": "X-Client-Id required"}, 400))
    with pytest.raises(BackendRefused):
        payload(reply(Endpoint.SESSION, {"message": "bad"}, 400))


def test_a_refusal_inside_an_envelope_is_one() -> None:
    with pytest.raises(OutOfCredits):
        payload(reply(Endpoint.RENDER, {"code": 0, "data": {"success": False, "code": 2001}}))


@pytest.mark.parametrize("told", [{"user_id": "anon_1"}, {"data": {"user_id": "anon_1"}}])
def test_no_credits_may_name_the_account(told: dict[str, Any]) -> None:
    with pytest.raises(OutOfCredits) as caught:
        payload(reply(Endpoint.SESSION, {"code": 2001, **told}))
    assert caught.value.user_id == "anon_1"


@pytest.mark.parametrize("code", ["E_BAD", None, True, [], 1e400, {"a": 1}])
def test_a_code_that_is_no_number_is_a_refusal(code: Any) -> None:
    with pytest.raises(BackendError):
        decoded(Endpoint.CREDITS, {"code": code, "data": {"available": 1, "frozen": 0, "total": 1}})


def test_the_backends_words_hold_no_secret_and_one_line() -> None:
    words = "token nmv_usr_1 of\r\nBearer abc: clm_2, s3cret" + "!" * 1000
    with pytest.raises(BackendRefused) as caught:
        check(replace(reply(Endpoint.STATE, {"code": 5, "message": words}), token="s3cret"))
    assert caught.value.detail.startswith("token [secret] of [secret] [secret], [secret]!")
    assert len(caught.value.detail) == 300


# --- shapes that are none ---------------------------------------------------------------------------------------------

BODIES = [b"", b"<html>", b"null", b"[]", b"{", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"code":0,"data":{"x":NaN}}']


@pytest.mark.parametrize("endpoint", DECODERS)
@pytest.mark.parametrize("body", BODIES)
def test_what_is_no_json_object_is_a_protocol_error(endpoint: Endpoint, body: bytes) -> None:
    with pytest.raises(ProtocolError) as caught:
        DECODERS[endpoint](Reply(endpoint, 200, body, "text/html"))
    assert caught.value.endpoint == endpoint


WRONG: list[tuple[Endpoint, Any]] = [
    (Endpoint.TOKEN, {"token": ""}),
    (Endpoint.TOKEN, {"token": 5}),
    (Endpoint.SESSION, {"task_id": "t"}),
    (Endpoint.SESSION, {"task_id": "t", "session_id": {}}),
    (Endpoint.CLAIM, {"claim_token": "clm_1", "expires_in": "long"}),
    (Endpoint.UPLOAD, {"files": "none"}),
    (Endpoint.UPLOAD, {}),
    (Endpoint.UPLOAD, {"files": [1]}),
    (Endpoint.UPLOAD, {"files": [{"filename": 1}]}),
    (Endpoint.STATE, {"state": []}),
    (Endpoint.STATE, {}),
    (Endpoint.STATE, {"state": {"draft": []}}),
    (Endpoint.STATE, {"state": {"video_infos": {}}}),
    (Endpoint.CREDITS, {"available": "1", "frozen": 0, "total": 1}),
    (Endpoint.CREDITS, {"available": True, "frozen": 0, "total": 1}),
    (Endpoint.CREDITS, {"available": 1}),
    (Endpoint.RENDER, {"taskId": "x"}),
    (Endpoint.RENDER, {"status": "gone"}),
    (Endpoint.RENDER, {"status": 1}),
    (Endpoint.RENDER, {"status": "completed", "output": "https://c/o.mp4"}),
    (Endpoint.RENDER, {"status": "completed", "outputUrl": 5}),
    (Endpoint.RENDER, {"status": "completed", "progress": "half"}),
]


@pytest.mark.parametrize(("endpoint", "data"), WRONG)
def test_a_missing_or_wrong_field_is_a_protocol_error(endpoint: Endpoint, data: Any) -> None:
    with pytest.raises(ProtocolError, match="field") as caught:
        decoded(endpoint, {"code": 0, "data": data})
    assert caught.value.endpoint == endpoint


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["code", "success", "data", "state", "draft", "files", "status", "output", "token"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(endpoint=st.sampled_from(list(DECODERS)), value=JSON, status=st.integers(200, 599))
def test_no_json_at_all_raises_anything_but_a_backend_error(endpoint: Endpoint, value: Any, status: int) -> None:
    try:
        DECODERS[endpoint](reply(endpoint, value, status))
    except BackendError as error:
        assert error.endpoint == endpoint  # noqa: PT017 - success is as good
