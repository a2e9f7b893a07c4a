"""The socket and the server: busy ports, health, and leaving the process's signals alone."""

from __future__ import annotations

import asyncio
import signal
import socket

import httpx
import pytest

from adapters.web.access import WebSettings
from adapters.web.server import CannotListen, PortBusy, address_of, bind
from tests.adapters.web.site import site


def test_a_busy_port_is_said_and_the_next_one_offered() -> None:
    with bind(WebSettings(port=0)) as first:
        port = first.getsockname()[1]
        with pytest.raises(PortBusy) as caught:
            bind(WebSettings(port=port))
        assert (caught.value.host, caught.value.port) == ("127.0.0.1", port)
        assert port < caught.value.free <= port + 20
        with bind(WebSettings(port=caught.value.free)) as second:
            assert address_of(second) == f"http://127.0.0.1:{caught.value.free}"


def test_the_demo_moves_on_by_itself() -> None:
    with bind(WebSettings(port=0)) as first:
        port = first.getsockname()[1]
        with bind(WebSettings(port=port), move_on=True) as second:
            assert port < second.getsockname()[1] <= port + 20


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
def test_an_address_of_another_machine_is_a_fact(host: str) -> None:
    with pytest.raises(CannotListen) as caught:
        bind(WebSettings(host=host, port=0, access_token="t"))
    assert caught.value.host == host
    assert caught.value.reason


def test_all_addresses_are_shown_as_one_that_can_be_opened() -> None:
    with bind(WebSettings(host="0.0.0.0", port=0, access_token="t")) as bound:
        assert address_of(bound).startswith("http://127.0.0.1:")


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_ipv6_loopback_works() -> None:
    async def run() -> None:
        async with site(WebSettings(host="::1")) as place, httpx.AsyncClient(base_url=place.address) as client:
            assert place.address.startswith("http://[::1]:")
            assert (await client.get("/")).status_code == 200

    try:
        socket.socket(socket.AF_INET6).bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    asyncio.run(run())


def test_health_needs_neither_host_nor_token() -> None:
    async def run() -> None:
        settings = WebSettings(access_token="t")
        async with site(settings) as place, httpx.AsyncClient(base_url=place.address) as client:
            probe = {"host": "10.1.2.3:8080"}
            assert (await client.get("/livez", headers=probe)).text == "alive"
            assert (await client.get("/readyz", headers=probe)).text == "ready"

    asyncio.run(run())


def test_ready_follows_the_check() -> None:
    async def run() -> None:
        well = True

        async def check() -> bool:
            return well

        async with site(ready=check) as place, httpx.AsyncClient(base_url=place.address) as client:
            assert (await client.get("/readyz")).status_code == 200
            well = False
            assert (await client.get("/readyz")).status_code == 503
            assert (await client.get("/livez")).status_code == 200

    asyncio.run(run())


def test_who_is_about_to_leave_is_not_ready() -> None:
    async def run() -> None:
        async with site() as place, httpx.AsyncClient(base_url=place.address) as client:
            place.closing.set()
            assert (await client.get("/readyz")).status_code == 503
            assert (await client.get("/livez")).status_code == 200

    asyncio.run(run())


def test_what_may_lose_work_is_told_beside() -> None:
    async def run() -> None:
        async with (
            site(worries=["persistence is off"]) as place,
            httpx.AsyncClient(base_url=place.address) as client,
        ):
            answer = await client.get("/readyz")
            assert (answer.status_code, answer.text) == (200, "ready\npersistence is off")

    asyncio.run(run())


def test_the_signals_stay_with_the_process() -> None:
    async def run() -> None:
        before = [signal.getsignal(which) for which in (signal.SIGTERM, signal.SIGINT)]
        async with site() as place, httpx.AsyncClient(base_url=place.address) as client:
            await client.get("/livez")
            assert [signal.getsignal(which) for which in (signal.SIGTERM, signal.SIGINT)] == before
        assert [signal.getsignal(which) for which in (signal.SIGTERM, signal.SIGINT)] == before

    asyncio.run(run())


def test_the_port_is_free_again_after_the_end() -> None:
    async def run() -> None:
        async with site() as place:
            port = place.port
        async with site(port=port) as place:
            assert place.port == port

    asyncio.run(run())


def test_the_table_of_commands_is_in_the_language_of_the_browser() -> None:
    async def run() -> None:
        async with site() as place, httpx.AsyncClient(base_url=place.address) as client:
            for header, summary in (("zh-CN,zh;q=0.9,en;q=0.5", "我能做什么"), ("de, en;q=0.5", "what I can do")):
                told = (await client.post("/api/chat", json={}, headers={"accept-language": header})).json()
                assert told["commands"][0]["summary"] == summary

    asyncio.run(run())


def test_the_page_is_told_what_it_needs() -> None:
    async def run() -> None:
        async with site() as place, httpx.AsyncClient(base_url=place.address) as client:
            told = (await client.post("/api/chat", json={})).json()
            assert told["upload_bytes"] == 200 * 1024 * 1024
            assert [row["name"] for row in told["commands"]] == ["help", "new", "video"]
            assert "cat.jpg" in told["samples"]
            for name in told["samples"]:
                sample = await client.get(f"/static/samples/{name}")
                assert sample.headers["content-type"] == "image/jpeg"
            assert (await client.get("/static/samples/CREDITS.md")).status_code == 200
            assert (await client.get("/static/../app.py")).status_code == 404
            assert (await client.get("/static/%2e%2e/app.py")).status_code == 404

    asyncio.run(run())
