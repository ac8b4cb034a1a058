"""What redaction costs: linear in its input, bounded with its caps on, and seldom paid.

``python bench/redaction.py`` prints, for an input made against each rule, the time that the rule
takes for 10 kB to 1 MB without the caps, how it grows from 100 kB to 1 MB, the time of all rules
for 200 kB with the caps on, and the same rule in plain ``re``, which backtracks; then what 10,000
occurrences of one error cost beside 10,000 redactions. Exit code 0 when the targets are met.
With the caps on there are two such texts: one value over and over, and another one each time, since
what was judged once in a text is not judged in it again. The dearer one is shown.

Rule 1: processor time, and of enough runs in a row that a tick of the clock is no part of it.
Rule 2: lengths are measured in turn, round by round, and the shorter one for as long as the longer
one took: where another program shares the core, the same work takes up to twice as much processor
time, for a second or two. A growth is the median of its rounds. Where it is too large it is
measured again: a curve is there each time, another program is not. What work takes is the least of
all: nothing else makes it faster.
Rule 3: a growth is judged between lengths that google-re2 reads in one way. Up to some 10 kB it
keeps a bitmap of what it tried for the groups of one long match, beyond that it walks all states at
once, which takes some three times as long: a step, and no curve. It is shown, not judged.
Rule 4: a pattern is made for the first text that it may match, and a process does that once; here
it is made before. A text is never one that the redactor knows.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import re
import statistics
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from rich.console import Console
from rich.progress import track
from rich.table import Table

from payloadproof.generate.error_texts import ordinary
from payloadproof_reference.clock import VirtualClock
from payloadproof_reference.pipeline import Pipeline
from payloadproof_reference.redaction.frames import Frame
from payloadproof_reference.redaction.redact import Gate, Redactor, redact
from payloadproof_reference.redaction.rules import FRAMES, RULES, Rule

GROWTH, CAPPED_S, STORM, ORDINARY = 12.0, 0.010, 0.05, 0.5
SIZES = (10_000, 100_000, 1_000_000)
PATIENCE_S = 3.0
OCCURRENCES = 10_000
ROUNDS = 3
#: So many times a growth is measured that is too large.
PATIENCE = 4
LEAST_S = 0.02
#: So many sentences are shown of some hundreds.
WORST = 8

#: What is raised over and over: name, calls that it came through, message.
ERRORS = (
    ("a short error", 1, "cannot read /home/al/acme/notes.txt for al@example.com: EACCES"),
    (
        "an error with ten frames and a cause",
        10,
        (
            "request to https://api.example.com/v1/items?user=al failed with status 503 after 3"
            " tries: upstream db.acme.internal refused the connection; the queue in"
            " /home/al/acme/queue.db holds 12 items for al@example.com, the oldest from 10:32"
        ),
    ),
)

#: What google-re2 spells in its own way, nearly the same as ``re`` does.
PLAIN = (
    (r"[\pL\pN", r"[\w"),
    (r"[\pL", r"[\w"),
    (r"\pL", r"[^\W\d_]"),
    (r"\p{Lu}", "[A-Z]"),
    (r"\z", r"\Z"),
)

#: Consonants and vowels that words are made of which no list has.
LETTERS = ("bdfgklmnprst", "aeiou")

#: By rule, what makes it match often, or look far for nothing.
HOSTILE = {
    "pem": "-----BEGIN",
    "jwt": "eyJaaaa.",
    "source": "\n  12 |",
    "header": "cookie ",
    "command": "curl x ",
    "bearer": "bearer ",
    "encoded": "%41x",
    "element": "<a>b",
    "folder": " -home-",
    "path": "/a b c d ",
    "prompt": "<prompt>",
    "said": "prompt ",
    "asked": "title: ",
    "environment": "ABC=v ",
    "worded": "motd = a b ",
    "listed": "users: Zork-q7 ",
    "keyed": "secret_",
    "token": "token: ",
    "told": "token is ",
    "option": "--token",
    "who": "user ",
    "directive": "user Zork-q7 ",
    "email": "a.@a ",
    "key": "sk-",
    "mac": "00:11:",
    "ip": "1.2.3.",
    "iban": "de12 ",
    "run": "aB3",
    "number": "12 12 ",
    "host": "a.",
    "cited": " 'ab'",
    "quotation": "“ a",
    "faulted": "invalid quaddle in ",
    # Each sentence of software over and over, with data that does not end.
    **{frame.name: frame.example.replace("{}", "'a ") + " " for frame in FRAMES},
}


class Cost(NamedTuple):
    """What one rule costs on the input made against it; seconds."""

    name: str
    sizes: list[float]
    growth: float
    capped: float

    @property
    def met(self) -> bool:
        """Whether it is linear, and bounded with the caps on."""
        return self.growth <= GROWTH and self.capped < CAPPED_S

    def row(self) -> list[str]:
        """For the table."""
        spelled = [f"{each * 1e3:,.1f} ms" for each in self.sizes]
        return [self.name, *spelled, f"{self.growth:.1f}", f"{self.capped * 1e3:.1f} ms"]


def main() -> int:
    """Measure; the exit code."""
    assert HOSTILE.keys() == {rule.name for rule in RULES}
    redact("warm")
    table = Table("input against", title="Redaction, processor time")
    for heading in ("10 kB", "100 kB", "1 MB", "growth", "200 kB capped", "plain re, 100 kB"):
        table.add_column(heading, justify="right")
    costs = [_cost(rule) for rule in track(RULES, "Measuring", console=Console(stderr=True))]
    framed = {frame.name for frame in FRAMES}
    for cost in costs:
        if cost.name not in framed:
            unit = HOSTILE[cost.name]
            table.add_row(*cost.row(), _plainly(cost.name, unit * (SIZES[1] // len(unit))))
    table.add_section()
    frames = [cost for cost in costs if cost.name in framed]
    for cost in sorted(frames, key=lambda cost: (cost.met, -cost.capped))[:WORST]:
        table.add_row(*cost.row(), "")
    console = Console()
    console.print(table)
    met = all(cost.met for cost in costs)
    console.print(
        f"{len(frames)} sentences of software, of which these cost most with the caps on:"
        f" worst {max(cost.capped for cost in frames) * 1e3:.1f} ms,"
        f" growth at most {max(cost.growth for cost in frames):.1f}"
    )
    met = _ordinary(console) and met
    for name, depth, message in ERRORS:
        storm = _storm(_raised(message, depth))
        met = met and storm < STORM
        console.print(f"{OCCURRENCES:,} occurrences of {name}: {storm:.1%} of as many redactions")
    return 0 if met else 1


def _cost(rule: Rule | Frame) -> Cost:
    """Of its own, without the caps; and of all of them, with the caps on."""
    unit = HOSTILE[rule.name]
    texts = [unit * (size // len(unit)) for size in SIZES]
    rounds: list[list[float]] = []
    growth = math.inf
    for _ in range(PATIENCE):
        if growth <= GROWTH:
            break
        some = [_round(rule, texts) for _ in range(ROUNDS)]
        growth = min(growth, statistics.median(one[-1] / one[-2] for one in some))
        rounds += some
    seconds = [min(each) for each in zip(*rounds, strict=True)]
    count = 200_000 // len(unit)
    capped = max(map(_capped, (unit * count, "".join(map(_varied(unit), range(count))))))
    return Cost(rule.name, seconds, growth, capped)


def _round(rule: Rule | Frame, texts: list[str]) -> list[float]:
    """Each text in turn; the longest one before and behind the one that it is compared with."""
    short, middle, long = texts
    first = _taken(rule.apply, short)
    before = _taken(rule.apply, long)
    compared = _taken(rule.apply, middle, before)
    behind = _taken(rule.apply, long)
    return [first, compared, (before + behind) / 2]


def _varied(unit: str) -> Callable[[int], str]:
    """What writes a word of its own into each ``unit``, or behind it."""

    def written(number: int) -> str:
        word = ""
        for _ in range(4):
            word += "".join(some[number % len(some)] for some in LETTERS)
            number //= len(LETTERS[1])
        return unit.replace("'a ", f"'{word} ") if "'a " in unit else f"{unit}{word} "

    return written


def _capped(text: str) -> float:
    """Processor seconds of one redaction by a redactor that does not know ``text``."""
    redactor = Redactor()

    def anew(text: str) -> None:
        redactor._settled.clear()  # noqa: SLF001 - each text is a new one
        redactor.redact(text)

    anew(text)
    return min(_taken(anew, text) for _ in range(ROUNDS))


def _ordinary(console: Console) -> bool:
    """Ordinary texts, none of them known, beside one scan with all rules that finds nothing."""
    texts = [text for n in range(2_000) if redact(text := ordinary(n, "seen").text) == text]
    kept, scan = Redactor(), Gate(RULES)
    shares, rates = [], []
    for _ in range(ROUNDS):
        kept._settled.clear()  # noqa: SLF001 - each text is a new one
        began = time.process_time()
        for text in texts:
            kept.redact(text)
        whole = time.process_time() - began
        began = time.process_time()
        for text in texts:
            scan.lets(text)
        bare = time.process_time() - began
        shares.append(bare / whole)
        rates.append(sum(map(len, texts)) / whole / 1e6)
    share = statistics.median(shares)
    console.print(
        f"{len(texts):,} ordinary texts: {statistics.median(rates):.1f} MB/s,"
        f" {share:.0%} of the rate of one scan that finds nothing"
    )
    return share >= ORDINARY


def _taken(work: Callable[[str], object], text: str, least: float = 0.0) -> float:
    """Processor seconds of one run, of so many as take ``least``."""
    runs = 0
    least = max(least, LEAST_S)
    began = time.process_time()
    while (taken := time.process_time() - began) < least:
        work(text)
        runs += 1
    return taken / runs


def _plainly(name: str, text: str) -> str:
    """The same rule in plain ``re``, as a process of its own: it may never end."""
    (rule,) = (rule for rule in RULES if rule.name == name)
    pattern = rule.pattern.pattern
    for theirs, ours in PLAIN:
        pattern = pattern.replace(theirs, ours)
    pattern = re.sub(r"\\x\{([0-9a-f]{4})\}", r"\\u\1", pattern)
    re.compile(pattern)  # raises here, and not where nobody looks
    answer, said = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.Process(target=_backtrack, args=(pattern, text, said))
    child.start()
    took = f"{answer.recv() * 1e3:,.1f} ms" if answer.poll(PATIENCE_S) else f"> {PATIENCE_S:.0f} s"
    child.kill()
    child.join()
    return took


def _backtrack(pattern: str, text: str, said: multiprocessing.connection.Connection) -> None:
    began = time.process_time()
    sum(1 for _ in re.finditer(pattern, text))
    said.send(time.process_time() - began)


def _storm(error: Exception) -> float:
    """What a storm of one error costs, beside redacting its text each time."""
    with TemporaryDirectory() as scratch:
        # As a program has it that runs for longer than a second: its consent file is an old one.
        consent = Path(scratch, "telemetry.json")
        consent.write_text(f'{{"enabled": true, "installId": "{uuid.uuid4()}"}}')
        os.utime(consent, (0, 0))
        env = {"CLAUDE_MEM_TELEMETRY_KEY": ""}
        pipeline = Pipeline(env, Path(scratch), VirtualClock(1_760_000_000_000))
        pipeline.exception(error)  # the one that is sent
        builder = pipeline._exceptions._builder  # noqa: SLF001 - what the pipeline does for each sent
        shares = []
        for _ in range(ROUNDS):
            storm, each = 0.0, 0.0
            began = time.process_time()
            for _ in range(OCCURRENCES // ROUNDS):
                pipeline.exception(error)
            storm = time.process_time() - began
            began = time.process_time()
            for _ in range(OCCURRENCES // ROUNDS // 20):
                builder.report(error, handled=True)
            each = time.process_time() - began
            shares.append(storm / each / 20)
        pipeline.abandon()
    return statistics.median(shares)


def _raised(message: str, depth: int) -> Exception:
    """An error that came through ``depth`` calls, and of another one if through several."""
    try:
        _deeper(message, depth, None if depth == 1 else OSError(f"no space left: {message}"))
    except ValueError as caught:
        return caught
    raise AssertionError


def _deeper(message: str, depth: int, origin: Exception | None) -> None:
    if depth > 1:
        _deeper(message, depth - 1, origin)
    raise ValueError(message) from origin


if __name__ == "__main__":
    sys.exit(main())
