"""A live page with a board of its own, and a client that reads it as a browser does."""

import asyncio
import json
from typing import NamedTuple

import aiohttp
import pytest

from payloadproof.blackbox.caught import Said
from payloadproof.live.board import Board
from payloadproof.live.server import Page
from payloadproof.live.shown import Masking
from payloadproof.recorder import exchange
from payloadproof.recorder.reader import begun

PATIENCE_S = 60


class Told(NamedTuple):
    """A message of a stream of events."""

    kind: str
    data: object
    number: int | None


@pytest.fixture
def said():
    """A request that was recorded, of events by name and properties."""
    numbers = iter(range(1, 1_000_000))

    def make(*events, host="", other=False, body=None, path="/batch/"):
        batch = [
            {
                "event": name,
                "distinct_id": "install-1",
                "timestamp": "2026-01-01T00:00:00Z",
                "properties": properties,
            }
            for name, properties in events
        ]
        if body is None:
            body = json.dumps({"api_key": "phc_" + "k" * 20, "batch": batch}).encode()
        head = begun(
            next(numbers),
            port=1,
            connection=1,
            method="POST",
            path=path,
            headers=(("content-type", "application/json"),),
        )
        return Said(exchange.judged(head, body, len(body)), host, other)

    return make


@pytest.fixture
def board():
    return Board("kettle --boil")


@pytest.fixture
def served(board):
    """The page of the board, until the end of the test."""
    with Page(board, Masking()) as page:
        yield page


async def messages(response):
    """The messages of a stream, as they come."""
    kind, data, number = "", "", None
    async for line in response.content:
        name, _, value = line.decode().rstrip("\n").partition(": ")
        if name == "event":
            kind = value
        elif name == "data":
            data = value
        elif name == "id":
            number = int(value)
        elif not line.strip() and kind:
            yield Told(kind, json.loads(data), number)
            kind, data, number = "", "", None


@pytest.fixture
def ask():
    """Status, headers and text of what an address answers."""

    def get(address, method="GET", **headers):
        async def asked():
            async with (
                aiohttp.ClientSession() as session,
                session.request(method, address, headers=headers) as answer,
            ):
                return answer.status, answer.headers, await answer.text()

        return asyncio.run(asyncio.wait_for(asked(), PATIENCE_S))

    return get


@pytest.fixture
def read():
    """The messages of a page until one of them is enough, or until its end."""

    def until(page, enough=lambda _: False, **headers):
        async def heard():
            found = []
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"{page.address}events", headers=headers) as answer,
            ):
                assert answer.status == 200
                assert answer.content_type == "text/event-stream"
                async for one in messages(answer):
                    found.append(one)
                    if enough(one):
                        break
            return found

        return asyncio.run(asyncio.wait_for(heard(), PATIENCE_S))

    return until
