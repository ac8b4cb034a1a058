"""The first score of each stranger's program, before anything was mended because of it: for ever.

Rule 1: a program is counted once: when it is judged and nothing is known of it yet. Whoever mends
something asks for no first scores any more of what was given up before.
Rule 2: what was given up for want of patience is no survivor and was not judged; it is named until
it is judged, so that a figure does not look better for what is left out of it.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path

from mutants.scoring import Score

from payloadproof.clauses.clause import FAMILIES
from payloadproof.syntax import toml

FIGURES = ("judged", "own", "other", "survived")


def counted(scores: Collection[Score]) -> dict[str, object]:
    """How many there are, how many each verdict has, and who was not found by its own clause."""
    verdicts = Counter(one.verdict for one in scores)
    missed = sorted(short(one.name) for one in scores if one.verdict != "own")
    kept = {"judged": len(scores), "own": verdicts["own"], "other": verdicts["other"]}
    return kept | {"survived": len(scores) - sum(one.killed for one in scores), "missed": missed}


def short(name: str) -> str:
    """The name of a program without that of its family."""
    return name.partition("/")[2]


def given_up(path: Path, base: str) -> set[str]:
    """Who was given up and not judged."""
    of = tomllib.loads(path.read_text(encoding="utf-8")).get(base, {}) if path.exists() else {}
    return {f"{family}/{name}" for family, one in of.items() for name in one.get("given_up", ())}


def count(
    path: Path, base: str, scores: Iterable[Score], given_up: Iterable[str], names: Collection[str]
) -> None:
    """Add first scores, and whoever was given up, to what is kept of a base."""
    known = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    of = known.setdefault(base, {})
    scores, given_up = [*scores], {*given_up}
    for family in FAMILIES:
        now = [one for one in scores if one.family == family]
        left = {short(name) for name in given_up if name.startswith(f"{family}/")}
        if not now and not left:
            continue
        more, had = counted(now), of.get(family, {})
        written = sum(name.startswith(f"{family}/") for name in names)
        kept = {"written": written} | {key: had.get(key, 0) + more[key] for key in FIGURES}
        kept["missed"] = sorted({*had.get("missed", ()), *more["missed"]})
        left = (left | {*had.get("given_up", ())}) - {short(one.name) for one in now}
        of[family] = kept | ({"given_up": sorted(left)} if left else {})
    lines = ["# The first score of each program, before anything was mended because of it."]
    for one, families in known.items():
        for family in sorted(families, key=FAMILIES.index):
            lines += ["", f"[{one}.{family}]"]
            lines += [f"{key} = {toml.value(value)}" for key, value in families[family].items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
