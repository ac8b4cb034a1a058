"""A browser without a window, driven by its own protocol; it sees every request and every error.

Rule 1: it looks no name up, and speaks to this machine alone: a page that asks for something from
outside gets nothing, and is seen to have asked.
Rule 2: its profile is a directory of the test, and it is ended with the test.
"""

import asyncio
import base64
import contextlib
import json
import os
import re
import shutil
from pathlib import Path
from typing import NamedTuple

import aiohttp
import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
LACKING = "no Chromium is here: on Debian, apt-get install chromium; or set CHROMIUM to its path"
_LISTENS = re.compile(rb"DevTools listening on (ws://127\.0\.0\.1:\d+/\S+)")
PATIENCE_S = 60


def found():
    """The browser to drive; None where there is none."""
    named = os.environ.get("CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


class Seen(NamedTuple):
    """What a page did: ``errors`` of its console and its policy, ``asked`` for beside itself."""

    errors: list
    asked: list
    values: list
    width: int  # of what it holds, in pixels


class Browser:
    """One browser; ``async with`` begins and ends it."""

    def __init__(self, profile: Path):
        self._profile = profile
        self._waiting, self._numbers = {}, iter(range(1, 1_000_000))
        self._told = []
        self._loaded = asyncio.Event()

    async def __aenter__(self):
        arguments = (
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--hide-scrollbars",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            "--remote-debugging-port=0",
            f"--user-data-dir={self._profile}",
            "about:blank",
        )
        self._process = await asyncio.create_subprocess_exec(
            found(), *arguments, stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL
        )
        self._session = aiohttp.ClientSession()
        async with asyncio.timeout(PATIENCE_S):
            async for line in self._process.stderr:
                if listens := _LISTENS.search(line):
                    break
            else:
                raise RuntimeError("the browser ended before it listened")
        self._rest = asyncio.create_task(self._process.stderr.read())  # or it would wait for us
        self._socket = await self._session.ws_connect(listens[1].decode(), max_msg_size=0)
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_):
        with contextlib.suppress(Exception):
            await self.say("Browser.close")
        self._reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reading
        await self._socket.close()
        await self._session.close()
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        await self._rest

    async def _read(self):
        async for message in self._socket:
            said = json.loads(message.data)
            if "id" in said:
                self._waiting.pop(said["id"]).set_result(said)
            else:
                self._told.append((said["method"], said.get("params", {})))
                if said["method"] == "Page.loadEventFired":
                    self._loaded.set()

    async def say(self, method, session=None, **params):
        number = next(self._numbers)
        reply = self._waiting[number] = asyncio.get_running_loop().create_future()
        about = {"sessionId": session} if session else {}
        await self._socket.send_json({"id": number, "method": method, "params": params, **about})
        async with asyncio.timeout(PATIENCE_S):
            said = await reply  # which may be there already
        assert "error" not in said, said["error"]
        return said["result"]

    async def look(self, page: Path | str, *, width, dark, run=(), picture=None):
        """Load a page at a width, run some lines of script in it, and say what it did.

        What a line promises is waited for. Something else than a line is called: a person acts.
        """
        address = page if isinstance(page, str) else page.as_uri()
        target = await self.say("Target.createTarget", url="about:blank")
        attached = await self.say(
            "Target.attachToTarget", targetId=target["targetId"], flatten=True
        )
        session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            await self.say(f"{domain}.enable", session)
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        await self.say("Emulation.setDeviceMetricsOverride", session, **size)
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        await self.say("Emulation.setEmulatedMedia", session, features=scheme)
        self._told.clear()
        self._loaded.clear()
        await self.say("Page.navigate", session, url=address)
        async with asyncio.timeout(PATIENCE_S):
            await self._loaded.wait()
        values = [
            (await asyncio.to_thread(one) if callable(one) else await self._evaluate(one, session))
            for one in run
        ]
        wide = await self._evaluate("document.documentElement.scrollWidth", session)
        if picture:
            shot = await self.say(
                "Page.captureScreenshot", session, captureBeyondViewport=True, format="png"
            )
            picture.write_bytes(base64.b64decode(shot["data"]))
        await self.say("Target.closeTarget", targetId=target["targetId"])
        own = {address, "about:blank", "data:,"}
        asked = [
            params["request"]["url"]
            for method, params in self._told
            if method == "Network.requestWillBeSent" and params["request"]["url"] not in own
        ]
        return Seen([*self._errors()], asked, values, wide)

    async def _evaluate(self, line, session):
        how = {"returnByValue": True, "awaitPromise": True}
        said = await self.say("Runtime.evaluate", session, expression=line, **how)
        assert "exceptionDetails" not in said, said["exceptionDetails"]
        return said["result"].get("value")

    def _errors(self):
        for method, params in self._told:
            if method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
                yield params["entry"]["text"]
            elif method == "Runtime.exceptionThrown":
                yield params["exceptionDetails"]["text"]
            elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "assert"):
                yield str(params["args"])


@pytest.fixture
def look(tmp_path):
    """What a page does in a browser of its own, at a width, light or dark."""
    assert found(), LACKING

    def at(page, **how):
        async def looked():
            async with Browser(tmp_path / "profile") as browser:
                return await browser.look(page, **how)

        return asyncio.run(looked())

    return at
