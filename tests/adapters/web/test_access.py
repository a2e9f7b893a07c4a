"""Who is let in: hosts, origins, the access token, and cookies that survive a visit from elsewhere."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from http.cookies import SimpleCookie
from itertools import product

import httpx
import pytest

from adapters.web.access import AccessTokenMissing, Attempts, WebSettings, is_loopback
from tests.adapters.web.site import site, visitor

TOKEN = "canary-access-token-73"
PUBLIC = WebSettings(access_token=TOKEN, public_url="https://reel.example.org")


async def status(client: httpx.AsyncClient, method: str = "GET", path: str = "/", **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return (await client.request(method, path, headers=named, json={} if method == "POST" else None)).status_code


# --- hosts and origins ---


FOREIGN = (
    "evil.example",
    "evil.example:{port}",
    "127.0.0.1.evil.example:{port}",
    "127.0.0.1:1",
    "",
    "[::1",
    "localhost",
)


def test_a_foreign_host_is_refused_on_loopback() -> None:
    async def run() -> None:
        async with site() as place, httpx.AsyncClient(base_url=place.address) as client:
            for host, path in product(FOREIGN, ("/", "/api/chat", "/static/main.js")):
                assert await status(client, path=path, host=host.format(port=place.port)) in (400, 421), host

    asyncio.run(run())


def test_loopback_names_are_ours() -> None:
    async def run() -> None:
        async with site() as place, httpx.AsyncClient(base_url=place.address) as client:
            for name in ("localhost", "127.0.0.1", "[::1]", "LOCALHOST"):
                assert await status(client, host=f"{name}:{place.port}") == 200, name

    asyncio.run(run())


FOREIGN_PAGES = (
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://localhost:3000"},
    {"origin": "http://127.0.0.1:{port}@evil.example"},
    {"sec_fetch_site": "cross-site"},
    {"sec_fetch_site": "same-site"},
    {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate"},
)


def test_posts_of_other_sites_are_refused() -> None:
    async def run() -> None:
        async with site() as place, visitor(place) as client:
            paths = ("/api/chat", "/api/messages", "/api/press", "/api/files", "/api/login")
            for headers, path in product(FOREIGN_PAGES, paths):
                sent = {name: value.format(port=place.port) for name, value in headers.items()}
                assert await status(client, "POST", path, **sent) == 403, (headers, path)
            assert place.core.received == []
            assert place.blobs.held == 0

    asyncio.run(run())


def test_our_own_page_may_post() -> None:
    async def run() -> None:
        async with site() as place, visitor(place) as client:
            origin = f"http://127.0.0.1:{place.port}"
            assert await status(client, "POST", "/api/chat", origin=origin, sec_fetch_site="same-origin") == 200

    asyncio.run(run())


def test_other_sites_may_link_to_the_page_but_not_embed_it() -> None:
    async def run() -> None:
        async with site() as place, visitor(place) as client:
            assert await status(client, sec_fetch_site="cross-site", sec_fetch_mode="navigate") == 200
            assert await status(client, path="/api/events", sec_fetch_site="same-site", sec_fetch_mode="cors") == 403
            assert await status(client, path="/files/a/b", sec_fetch_site="cross-site", sec_fetch_mode="no-cors") == 403
            page = await client.get("/")
            assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
            assert "access-control-allow-origin" not in page.headers

    asyncio.run(run())


def test_no_script_or_style_of_the_page_is_inline() -> None:
    async def run() -> None:
        async with site() as place, httpx.AsyncClient(base_url=place.address) as client:
            page = await client.get("/")
            policy = page.headers["content-security-policy"]
            assert "unsafe" not in policy
            assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
            assert "<style" not in page.text
            assert " style=" not in page.text
            assert "<script>" not in page.text
            assert "http" not in page.text.replace("http-equiv", "")

    asyncio.run(run())


def test_without_a_token_nothing_that_came_through_a_proxy_is_answered() -> None:
    async def run() -> None:
        for settings, answer in ((WebSettings(), 403), (PUBLIC, 200)):
            async with site(settings) as place, httpx.AsyncClient(base_url=place.address) as client:
                for header in ("x-forwarded-for", "forwarded", "x-forwarded-host", "x-real-ip"):
                    assert await status(client, **{header: "203.0.113.9"}) == answer, header

    asyncio.run(run())


def test_with_a_token_the_public_name_and_addresses_are_ours() -> None:
    async def run() -> None:
        async with site(PUBLIC) as place, httpx.AsyncClient(base_url=place.address) as client:
            for host in (
                "reel.example.org",
                "reel.example.org:443",
                "192.168.1.5:8000",
                "[fe80::1]:8000",
                "localhost:9000",
            ):
                assert await status(client, host=host) == 200
            for host in ("evil.example", "reel.example.org.evil.example", "xreel.example.org", ""):
                assert await status(client, host=host) in (400, 421)

    asyncio.run(run())


# --- the access token ---


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "reel.example.org", ""])
def test_other_addresses_need_a_token(host: str) -> None:
    with pytest.raises(AccessTokenMissing):
        WebSettings(host=host)
    assert WebSettings(host=host, access_token=TOKEN).access_token == TOKEN


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost"])
def test_loopback_needs_none(host: str) -> None:
    assert is_loopback(host)
    assert WebSettings(host=host).access_token == ""


def test_without_the_token_there_is_a_page_and_nothing_else() -> None:
    async def run() -> None:
        async with site(PUBLIC) as place, httpx.AsyncClient(base_url=place.address) as client:
            assert await status(client) == 200
            assert await status(client, path="/static/main.js") == 200
            for method, path in (
                ("POST", "/api/chat"),
                ("POST", "/api/messages"),
                ("POST", "/api/files"),
                ("POST", "/api/press"),
                ("GET", "/api/events"),
                ("GET", "/files/a/b"),
            ):
                assert await status(client, method, path) == 401
            assert not client.cookies

    asyncio.run(run())


def test_the_token_is_exchanged_for_a_cookie() -> None:
    async def run() -> None:
        async with site(PUBLIC) as place, httpx.AsyncClient(base_url=place.address) as client:
            assert (await client.post("/api/login", json={"token": "wrong"})).status_code == 403
            answer = await client.post("/api/login", json={"token": TOKEN})
            assert answer.status_code == 204
            cookie = SimpleCookie(answer.headers["set-cookie"])["photoreel_access"]
            assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (True, "strict", True)
            assert TOKEN not in cookie.value
            headers = {"cookie": f"photoreel_access={cookie.value}"}  # the jar keeps Secure ones to https
            assert (await client.post("/api/chat", json={}, headers=headers)).status_code == 200

    asyncio.run(run())


FORGED = ("", "9999999999.", "9999999999.00", "x", ".", "{until}.{signature}0", "9999999999.{signature}", "é.1")


def test_a_forged_cookie_opens_nothing() -> None:
    async def run() -> None:
        settings = WebSettings(access_token=TOKEN)
        async with site(settings) as place, httpx.AsyncClient(base_url=place.address) as client:
            good = (await client.post("/api/login", json={"token": TOKEN})).cookies["photoreel_access"]
            until, _, signature = good.partition(".")
            client.cookies.clear()
            for forged in FORGED:
                value = forged.format(until=until, signature=signature).encode()
                answer = await client.post("/api/chat", json={}, headers=[(b"cookie", b"photoreel_access=" + value)])
                assert answer.status_code == 401, forged

    asyncio.run(run())


def test_a_changed_token_ends_all_visits() -> None:
    async def run() -> None:
        async with site(WebSettings(access_token=TOKEN)) as place, httpx.AsyncClient(base_url=place.address) as client:
            await client.post("/api/login", json={"token": TOKEN})
            cookies = dict(client.cookies)
            assert (await client.post("/api/chat", json={})).status_code == 200
        settings = WebSettings(access_token="another")
        async with site(settings) as place, httpx.AsyncClient(base_url=place.address, cookies=cookies) as client:
            assert (await client.post("/api/chat", json={})).status_code == 401

    asyncio.run(run())


async def guess(client: httpx.AsyncClient, visitor: str, times: int) -> list[int]:
    """Wrong tokens, as a proxy hands them on for a visitor."""
    headers = {"x-forwarded-for": visitor}
    wrong = [await client.post("/api/login", json={"token": "wrong"}, headers=headers) for _ in range(times)]
    return [answer.status_code for answer in wrong]


def test_a_trusted_proxy_tells_who_is_guessing() -> None:
    async def run() -> None:
        behind = replace(PUBLIC, trusted_proxies=("127.0.0.0/8",))
        async with site(behind) as place, httpx.AsyncClient(base_url=place.address) as client:
            assert (await guess(client, "203.0.113.7", 9))[-1] == 429
            assert (await guess(client, "203.0.113.8", 1)) == [403]
            # What a visitor made up stands before what the proxy has added.
            assert (await guess(client, "198.51.100.1, 203.0.113.7", 1)) == [429]

    asyncio.run(run())


def test_nobody_else_is_believed() -> None:
    async def run() -> None:
        for believed in ((), ("10.0.0.0/8",)):
            settings = replace(PUBLIC, trusted_proxies=believed)
            async with site(settings) as place, httpx.AsyncClient(base_url=place.address) as client:
                assert (await guess(client, "203.0.113.7", 8)) == [403] * 8
                assert (await guess(client, "203.0.113.8", 1)) == [429]

    asyncio.run(run())


def test_guessing_is_slowed_down_for_the_right_token_too() -> None:
    async def run() -> None:
        async with site(PUBLIC) as place, httpx.AsyncClient(base_url=place.address) as client:
            tries = [(await client.post("/api/login", json={"token": f"{n}"})).status_code for n in range(10)]
            assert tries == [403] * 8 + [429] * 2
            refused = await client.post("/api/login", json={"token": TOKEN})
            assert (refused.status_code, int(refused.headers["retry-after"]) <= 16) == (429, True)

    asyncio.run(run())


def test_attempts_come_back_with_time_and_are_counted_by_visitor() -> None:
    now = [0.0]
    attempts = Attempts(3, 10.0, lambda: now[0])
    for _ in range(3):
        assert attempts.wait("a") == 0.0
        attempts.failed("a")
    assert attempts.wait("a") == 10.0
    assert attempts.wait("b") == 0.0
    now[0] = 10.0
    assert attempts.wait("a") == 0.0
    attempts.failed("a")
    assert attempts.wait("a") == 10.0
    now[0] = 100.0
    assert attempts.wait("a") == 0.0


# --- the chat's cookie ---


def test_the_first_visit_gets_a_chat_that_scripts_cannot_read() -> None:
    async def run() -> None:
        async with site() as place, httpx.AsyncClient(base_url=place.address) as client:
            answer = await client.post("/api/chat", json={})
            cookie = SimpleCookie(answer.headers["set-cookie"])["photoreel_chat"]
            assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "strict", "/")
            assert len(cookie.value) == 43  # 256 bits
            again = await client.post("/api/chat", json={})
            assert SimpleCookie(again.headers["set-cookie"])["photoreel_chat"].value == cookie.value

    asyncio.run(run())


def test_a_visit_by_a_link_from_elsewhere_does_not_lose_the_chat() -> None:
    """A browser sends no strict cookie then; were the page to set a new one, the conversation would be gone."""

    async def run() -> None:
        async with site() as place, httpx.AsyncClient(base_url=place.address) as client:
            page = await client.get("/", headers={"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"})
            assert page.status_code == 200
            assert "set-cookie" not in page.headers

    asyncio.run(run())


def test_a_cookie_that_we_did_not_make_is_no_chat() -> None:
    async def run() -> None:
        async with site() as place, httpx.AsyncClient(base_url=place.address) as client:
            for cookie in ("", "short", "a" * 44, "ü" * 43, "../" + "a" * 40):
                headers = [(b"cookie", b"photoreel_chat=" + cookie.encode())]
                assert (await client.get("/api/events", headers=headers)).status_code == 401, cookie

    asyncio.run(run())


def test_the_core_never_sees_the_cookie() -> None:
    async def run() -> None:
        async with site() as place, visitor(place) as client:
            await client.post("/api/messages", json={"id": "aaaaaaaa", "text": "x"})
            assert client.cookies["photoreel_chat"] not in repr(place.core.received)

    asyncio.run(run())


def test_the_token_is_in_no_description_of_the_settings() -> None:
    assert TOKEN not in repr(PUBLIC)
