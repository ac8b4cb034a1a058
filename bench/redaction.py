"""What redaction costs: linear in its input, bounded with its caps on, and seldom paid.

``python bench/redaction.py`` prints, for an input made against each rule, the time for 10 kB to
1 MB without the caps, how it grows at worst when the input is ten times as long, the time for
200 kB with the caps on, and the same rule in plain ``re``, which backtracks; then what 10,000
occurrences of one error cost beside 10,000 redactions. Processor time, the least of three. Exit
code 0 when the targets are met.
"""

from __future__ import annotations

import multiprocessing
import re
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from payloadproof_reference.clock import VirtualClock
from payloadproof_reference.pipeline import Pipeline
from payloadproof_reference.redact import Redactor, redact
from payloadproof_reference.redact_rules import RULES

GROWTH, CAPPED_S, STORM = 12.0, 0.020, 0.05
SIZES = (10_000, 100_000, 1_000_000)
PATIENCE_S = 3.0
OCCURRENCES = 10_000

#: By rule, what makes it match often, or look far for nothing.
HOSTILE = {
    "pem": "-----BEGIN",
    "jwt": "eyJaaaa.",
    "source": "\n  12 |",
    "header": "cookie ",
    "command": "curl x ",
    "bearer": "bearer ",
    "encoded": "%41x",
    "path": "/a b c d ",
    "prompt": "<prompt>",
    "said": "prompt ",
    "environment": "ABC=",
    "keyed": "secret_",
    "token": "token: ",
    "told": "token is ",
    "option": "--token",
    "who": "user ",
    "email": "a.@a ",
    "key": "sk-",
    "mac": "00:11:",
    "ip": "1.2.3.",
    "iban": "de12 ",
    "run": "aB3",
    "number": "12 12 ",
    "host": "a.",
    "quotation": "“ a",
}


def main() -> int:
    """Measure; the exit code."""
    assert HOSTILE.keys() == {rule.name for rule in RULES}
    whole = Redactor().uncapped
    redact("warm")
    table = Table("input against", title="Redaction, processor time")
    for heading in ("10 kB", "100 kB", "1 MB", "growth", "200 kB capped", "plain re, 100 kB"):
        table.add_column(heading, justify="right")
    met = True
    for name, unit in HOSTILE.items():
        texts = [unit * (size // len(unit)) for size in SIZES]
        seconds = [_least(whole, text) for text in texts]
        capped = _least(redact, unit * (200_000 // len(unit)))
        growth = max(later / earlier for earlier, later in pairwise(seconds))
        met = met and growth <= GROWTH and capped < CAPPED_S
        plain = _plainly(name, texts[1])
        spelled = [f"{each * 1e3:,.1f} ms" for each in seconds]
        table.add_row(name, *spelled, f"{growth:.1f}", f"{capped * 1e3:.1f} ms", plain)
    console = Console()
    console.print(table)
    storm = _storm()
    console.print(f"{OCCURRENCES:,} occurrences of one error: {storm:.1%} of as many redactions")
    return 0 if met and storm < STORM else 1


def _least(work: Callable[[str], object], text: str) -> float:
    taken = []
    for _ in range(3):
        began = time.process_time()
        work(text)
        taken.append(time.process_time() - began)
    return max(min(taken), 1e-6)


def _plainly(name: str, text: str) -> str:
    """The same rule in plain ``re``, as a process of its own: it may never end."""
    (rule,) = (rule for rule in RULES if rule.name == name)
    answer, said = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.Process(target=_backtrack, args=(rule.pattern.pattern, text, said))
    child.start()
    took = f"{answer.recv() * 1e3:,.1f} ms" if answer.poll(PATIENCE_S) else f"> {PATIENCE_S:.0f} s"
    child.kill()
    child.join()
    return took


def _backtrack(pattern: str, text: str, said: multiprocessing.connection.Connection) -> None:
    for theirs, ours in ((r"\pL", r"[^\W\d_]"), (r"\z", r"\Z"), (r"\x{20", r"\u20")):
        pattern = pattern.replace(theirs, ours)
    pattern = re.sub(r"(\\u20[0-9]{2})\}", r"\1", pattern)
    began = time.process_time()
    sum(1 for _ in re.finditer(pattern, text))
    said.send(time.process_time() - began)


def _storm() -> float:
    """What a storm of one error costs, beside redacting its text each time."""
    error = _raised(ValueError("cannot read /home/al/acme/notes.txt for al@example.com: EACCES"))
    with TemporaryDirectory() as scratch:
        env = {"CLAUDE_MEM_TELEMETRY_KEY": ""}
        pipeline = Pipeline(env, Path(scratch), VirtualClock(1_760_000_000_000))
        began = time.process_time()
        for _ in range(OCCURRENCES):
            pipeline.exception(error)
        storm = time.process_time() - began
        builder = pipeline._exceptions._builder  # noqa: SLF001 - what the pipeline does for each sent
        began = time.process_time()
        for _ in range(OCCURRENCES // 20):
            builder.report(error, handled=True)
        each = (time.process_time() - began) * 20
        pipeline.abandon()
    return storm / each


def _raised(error: Exception) -> Exception:
    try:
        raise error  # noqa: TRY301 - it is to have a traceback
    except Exception as caught:
        return caught


if __name__ == "__main__":
    sys.exit(main())
