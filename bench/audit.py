"""What an audit costs: events per second of processor time, beside what parsing alone costs.

``python bench/audit.py [--events N]`` makes two files of claude-mem's events, one that
keeps to the contract and one in which most lines break something, and audits each in turn with
orjson making dicts of the same lines. Figures are processor time of this process. Instead of that
``--memory N`` audits N events that are made on the fly, and prints the most memory that took;
``--workers N`` compares one process with N by the clock on the wall, for a machine with that many
cores that do nothing else, and with N that share nothing, which is what such a machine can give at
most: ``--events 2000000 --workers 2``; ``--first`` starts the command on a
terminal, and waits for the first figure on it.
"""

from __future__ import annotations

import argparse
import os
import pty
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import msgspec
import orjson
from measure import CONSOLE, compare

from payloadproof.audit.audit import Audit
from payloadproof.audit.parts import by_processes
from payloadproof.contract import Contract, Property, load
from payloadproof.evidence.files import Evidence, read
from payloadproof.evidence.forms import look
from payloadproof.evidence.lines import Block

_WORDS = ("alpha", "beta", "gamma", "delta")
_BLOCK = 100  # lines at once
_RARE = 500  # of so many sound events one is broken
_FIGURE = re.compile(rb"\d+ ?%|[\d.,]+ ?[kM]?B|\d event").search


def _value(prop: Property, rng: random.Random) -> Any:
    match prop.type:
        case "bool":
            return rng.random() < 0.5  # noqa: PLR2004 - a coin
        case "count":
            return rng.randrange(500)
        case "number":
            return round(rng.random() * 100, 3)
        case "epoch_ms":
            return 1_790_000_000_000 + rng.randrange(10**9)
        case "enum":
            return rng.choice(prop.values)
        case "version":
            return f"{rng.randrange(3)}.{rng.randrange(4)}.{rng.randrange(5)}"
        case "date":
            return f"2026-10-{rng.randrange(1, 29):02}"
        case _:
            return rng.choice(_WORDS)


def events(contract: Contract, count: int, *, broken: bool) -> Iterator[dict[str, Any]]:
    """Events of all names that a fleet of 2,000 installations sends in a month."""
    rng = random.Random(16)  # noqa: S311 - the same file each time
    names = [n for n, e in contract.events.items() if e.kind in ("direct", "rollup", "lifecycle")]
    installs = [str(uuid.UUID(int=rng.getrandbits(128), version=4)) for _ in range(2_000)]
    for number in range(count):
        name = rng.choice(names)
        event = contract.events[name]
        keys = (*event.properties, *(contract.base if event.base else ()))
        shapes = {**contract.properties, **event.own_properties}
        properties = {key: _value(shapes[key], rng) for key in keys}
        if not event.profile:
            properties["$process_person_profile"] = False
        elif number % 2:
            properties["$set"] = {k: _value(contract.properties[k], rng) for k in contract.person}
        properties |= {"$lib": "posthog-node", "$lib_version": "4.2.0", "$os": "Linux"}
        if broken or number % _RARE == 0:
            name = _break(name, properties, number)
        day = f"2026-10-{rng.randrange(1, 29):02}"
        yield {
            "event": name,
            "distinct_id": rng.choice(installs),
            "uuid": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
            "timestamp": f"{day}T{rng.randrange(24):02}:10:10.{number % 1000:03}Z",
            "properties": properties,
        }


def _break(name: str, properties: dict[str, Any], number: int) -> str:
    breaks: tuple[dict[str, Any], ...] = (
        {"project": "acme"},
        {"result_count": -5},
        {"uptime_seconds": 3},
        {"version": f"me{number % 90}@example.org"},
        {"outcome": None},
        {"$session_id": "7"},
        {"platform": "x" * (201 + number % 40)},
        {"nested": {"a": [1]}},
        {"compressed_count": 4, "other": "v"},
    )
    if number % 10 == 0:
        return "unknown_event"
    properties |= breaks[number % len(breaks)]
    return name


def _file(contract: Contract, path: Path, count: int, *, broken: bool) -> Path:
    with path.open("wb") as file:
        for one in events(contract, count, broken=broken):
            file.write(msgspec.json.encode(one) + b"\n")
    return path


def _parsed(path: Path) -> None:
    with path.open("rb") as file:
        for line in file:
            orjson.loads(line)


def _audited(contract: Contract, path: Path) -> None:
    audit = Audit(contract)
    audit.add(read(path))
    audit.report("claude_mem")


def _lines(contract: Contract, count: int) -> Iterator[bytes]:
    """Events on the fly: a few thousand, again and again, each with an id of its own."""
    pool = [
        msgspec.json.encode(one).split(one["uuid"].encode())
        for one in events(contract, 5_000, broken=False)
    ]
    rng = random.Random(7)  # noqa: S311 - the same each time
    for number in range(1, count + 1):
        before, after = pool[number % len(pool)]
        text = f"{rng.getrandbits(128):032x}"
        own = f"{text[:8]}-{text[8:12]}-4{text[13:16]}-8{text[17:20]}-{text[20:]}"
        yield b"%b%b%b\n" % (before, own.encode(), after)


def _memory(contract: Contract, count: int, path: Path) -> None:
    evidence = read(_file(contract, path, 1, broken=False))

    def blocks() -> Iterator[Block]:
        lines = _lines(contract, count)
        for number in range(1, count + 1, _BLOCK):
            yield Block(number, list(islice(lines, _BLOCK)))

    audit = Audit(contract)
    began = time.process_time()
    audit.add(Evidence(**{**evidence._asdict(), "lines": blocks()}))
    audit.report("claude_mem")
    seconds = time.process_time() - began
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    CONSOLE.print(f"{count:,} events: at most {most:,.0f} MB, {seconds:,.0f} s of processor time")


def _by_several(contract: Contract, count: int, workers: int, path: Path) -> None:
    """By the clock on the wall: it says something only while so many cores have nothing to do.

    How far that is so, the third subject says: as many processes, each with an audit of its own of
    so small a share, that have nothing to do with each other and nothing to bring together.
    """
    _file(contract, path, count, broken=False)
    share = _file(contract, path.with_name("share.jsonl"), count // workers, broken=False)

    def together() -> None:
        with by_processes([look(path)], "claude_mem", workers, strict=False) as (audit, _):
            audit.report("claude_mem")

    def apart() -> None:
        with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
            list(pool.map(_audited, [contract] * workers, [share] * workers))

    compare(
        f"{count:,} events, by the clock on the wall",
        {
            f"{workers} processes": together,
            "one process": lambda: _audited(contract, path),
            f"{workers} that share nothing": apart,
        },
        operations=count,
        rounds=5,
    )


def _first(contract: Contract, count: int, path: Path) -> None:
    """How long until a person sees a figure, and what it cost: of a process that has to start."""
    _file(contract, path, count, broken=True)
    ours, theirs = pty.openpty()
    command = (sys.executable, "-m", "payloadproof", "audit", str(path), "--contract", "claude_mem")
    began = time.monotonic()
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, stdin=subprocess.DEVNULL) as child:
        os.close(theirs)
        seen = b""
        while not _FIGURE(seen):
            seen += os.read(ours, 1 << 16)
        waited = time.monotonic() - began
        ticks = Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        spent = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
        child.kill()
    os.close(ours)
    CONSOLE.print(
        f"a first figure of {count:,} events after {waited:.2f} s, {spent:.2f} s of them processor"
        " time"
    )


def main() -> int:
    """Measure; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--memory", type=int, default=0)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--first", action="store_true")
    given = parser.parse_args()
    contract = load("claude_mem")
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        if given.memory:
            _memory(contract, given.memory, place / "one.jsonl")
            return 0
        if given.workers:
            _by_several(contract, given.events, given.workers, place / "some.jsonl")
            return 0
        if given.first:
            _first(contract, given.events, place / "some.jsonl")
            return 0
        for name in ("sound", "broken"):
            path = _file(contract, place / name, given.events, broken=name == "broken")
            each = path.stat().st_size / given.events
            compare(
                f"{name} events of {each:,.0f} bytes",
                {
                    "orjson, dicts alone": lambda path=path: _parsed(path),
                    "audit": lambda path=path: _audited(contract, path),
                },
                operations=given.events,
                rounds=5,
                clock=time.process_time,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
