"""wrong-programs.md, and the figures in the README: how many wrong programs the checks find.

Rule 1: every figure is counted in the files that the runs left; none stands here.
Rule 2: what was not measured yet is said to be so, and is no zero.
"""

from __future__ import annotations

import json
import statistics
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pages.markdown import table
from payloadproof.clauses.clause import FAMILIES, named
from payloadproof.syntax.markdown import code

TESTS = Path(__file__).parents[2] / "tests"
OURS = TESTS / "mutants" / "scores.json"
STRANGERS = TESTS / "strangers"
MACHINE = TESTS / "machine"
CAUGHT = ("own", "other")
PICTURE = "wrong-programs.svg"
#: Of ``equivalent.toml``.
SAME = {"same": "nothing that is seen", "right": "nothing that is promised"}
HOW = """\
- **Ours** are the reference pipeline with one part replaced. The kill matrix hunts each with the
  scenarios that are made for its clause.
- **Strangers'** are edits of a right program that is not ours, written by somebody who had the
  promises, the contract and the protocol, and had seen no check. They are judged by the clauses of
  their family, ended at the first finding by the clause that was meant. Who escapes that meets all
  other scenarios, with every clause as a witness. The right program has to pass `check --strict`.
- **Foreign** bases are in other languages, so that the checks are not measured on Python alone: the
  example in JavaScript, and claude-mem's own telemetry modules behind our adapter.
- **Machine-made** are a seeded sample of what cosmic-ray's operators make of the reference. Left
  out are those that do not even start, and those that a person judged to be as right as the
  reference is.
- **Time** is processor time of the process that hunts and of its children, so that what else ran on
  the machine does not show."""


class Tally(NamedTuple):
    """One set of wrong programs: ``first``: what it was before anything was mended, by family."""

    name: str
    who: str
    scores: list[dict[str, Any]]
    first: dict[str, dict[str, Any]]
    reasons: dict[str, str]

    def count(self, *verdicts: str, family: str = "") -> int:
        """How many of a family have one of the verdicts; all of them without."""
        of = [one for one in self.scores if family in ("", one["family"])]
        return sum(not verdicts or one["verdict"] in verdicts for one in of)

    @property
    def costs(self) -> list[float]:
        """Processor time until each of those was found that were found."""
        return [one.get("cost", 0.0) for one in self.scores if one["verdict"] in CAUGHT]


def ours() -> Tally | None:
    """The wrong pipelines of the kill matrix."""
    scores = _scores(OURS)
    return scores and Tally("ours", "by whoever wrote the checks", scores, {}, {})


def strangers() -> list[Tally]:
    """Those of people who had seen no check, base by base, Python first."""
    first = _toml(STRANGERS / "first.toml")
    found = []
    for path in sorted(STRANGERS.glob("*/base.toml")):
        name = path.parent.name
        scores = _scores(STRANGERS / "scores" / f"{name}.json")
        if scores:
            language = _toml(path)["language"]
            who = f"by a stranger, in {language}"
            reasons = _toml(path.with_name("survivors.toml"))
            found.append(Tally(name.replace("_", "-"), who, scores, first.get(name, {}), reasons))
    return sorted(found, key=lambda one: "Python" not in one.who)


def machine() -> Tally | None:
    """The mutants of the reference that a machine made, without those that are as right as it is.

    Those are left out that do not start, and those that a person judged to be as right.
    """
    equivalent = _equivalent()
    scores = [
        one
        for one in _scores(MACHINE / "scores.json")
        if one["verdict"] != "stillborn" and one["name"] not in equivalent
    ]
    reasons = {
        name: kind for kind, of in _toml(MACHINE / "unseen.toml").items() for name in of["mutants"]
    }
    return scores and Tally("machine-made", "by a program, of the reference", scores, {}, reasons)


def page() -> Iterator[str]:
    """The page, part by part."""
    yield "# How many wrong programs are caught"
    yield (
        "A check that never fails proves nothing. So the checks are checked: with programs that are"
        " wrong on purpose, each in one way. This page says how many of them are caught, and names"
        " those that are not."
    )
    yield (
        "Whoever writes a check, and the wrong program that proves it, thinks of the same mistakes"
        " twice. That is why there are four sets, and why the figures to trust are not the first"
        " line's."
    )
    tallies = [one for one in (ours(), *strangers(), machine()) if one]
    yield table(
        (
            "wrong programs",
            "made",
            "how many",
            "caught by the clause that was meant",
            "by another clause",
            "by none",
            "time to be caught: median",
            "worst",
        ),
        (_row(one) for one in tallies),
    )
    yield HOW
    if not tallies:
        yield "Nothing was measured yet."
        return
    yield from _families([one for one in tallies if one.name != "machine-made"])
    yield from _first()
    yield from _machine()
    yield from _missed(tallies)
    yield "## Measure it"
    yield (
        "`nox -s mutants -- --write`, `nox -s strangers -- --whole --write` and"
        " `nox -s machine -- --write` measure the sets and keep what they found, and"
        " `python docs/generate.py` makes this page of it."
    )


def summary() -> Iterator[str]:
    """What the README's first screen says of it."""
    own, others, made = ours(), strangers(), machine()
    if own:
        yield (
            f"- We wrote {own.count()} wrong versions of a correct pipeline, each with one mistake."
            f" {_all(own.count('own'), own.count())} are caught by the check that was written for"
            " that mistake. That figure flatters us, because the same people wrote the mistakes"
            " and the checks."
        )
    for one in others:
        yield f"- {_told(one)}"
    if made:
        caught = made.count(*CAUGHT)
        yield (
            f"- A program made {made.count()} changes to the correct pipeline, blindly; those that"
            f" leave it as right as it was are not counted. {_share(caught, made.count())} are"
            f" caught.{_given_up(made)}"
        )
    yield (
        "- [Every figure by family, the time it took and each wrong program that is caught by"
        " nothing](docs/reference/wrong-programs.md) stand on a page of their own."
    )


def _given_up(made: Tally) -> str:
    some = sum(
        one["verdict"] not in CAUGHT and one.get("why", "").startswith("given up")
        for one in made.scores
    )
    if not some:
        return ""
    return f" Of the others {some} were given up after a few seconds, and not all are looked at."


def _told(one: Tally) -> str:
    language = one.who.rpartition(" ")[2]
    own = one.count("own")
    if one.first:
        before = sum(family["own"] for family in one.first.values())
        given_up = {
            f"{family}/{name}"
            for family, first in one.first.items()
            for name in first.get("given_up", ())
        }
        looked_at = sum(family["judged"] for family in one.first.values()) + len(given_up)
        # What was given up is hard to find: a share without it would be a better one.
        least, beside = "", ""
        if given_up:
            least = "at least "
            beside = f"; {len(given_up)} were given up after less than a minute"
        open_ = len(given_up - {score["name"] for score in one.scores})
        then = (
            f" Of {looked_at} that were run before anything was mended because of them, the check"
            f" that was meant caught {least}{_share(before, looked_at)}{beside}. Today it catches"
        )
        still = f", and {open_} of those that were given up are not judged yet" if open_ else ""
    else:
        then, still = " The check that was meant catches", ""
    none = one.count() - one.count(*CAUGHT)
    left = "none" if none == 0 else str(none)
    written = len([*(STRANGERS / one.name.replace("-", "_") / "wrong").glob("*/*.toml")])
    drawn = f", of which {one.count()} are judged so far" if written > one.count() else ""
    return (
        f"Somebody who had not seen the checks wrote {max(written, one.count())} wrong versions of"
        f" {one.name}, a program in {language}{drawn}.{then} {_share(own, one.count())}{still}."
        f" Caught by no check at all: {left}."
    )


def _row(one: Tally) -> tuple[str, ...]:
    all_of, caught = one.count(), one.count(*CAUGHT)
    median, worst = statistics.median(one.costs or [0.0]), max(one.costs or [0.0])
    own, other = one.count("own"), one.count("other")
    if one.name == "machine-made":
        meant, beside = "none was meant", f"{_share(caught, all_of)}"
    else:
        meant, beside = _share(own, all_of), str(other)
    none = str(all_of - caught)
    return one.name, one.who, str(all_of), meant, beside, none, f"{median:.1f} s", f"{worst:.1f} s"


def _families(tallies: list[Tally]) -> Iterator[str]:
    if not tallies:
        return
    yield "## By family"
    yield "Caught by the clause that was meant, of how many."
    yield f"![The table below as bars]({PICTURE})"
    yield table(
        ("family", *(one.name for one in tallies)),
        (
            (
                family,
                *(
                    f"{one.count('own', family=family)} of {one.count(family=family)}"
                    if one.count(family=family)
                    else ""
                    for one in tallies
                ),
            )
            for family in FAMILIES
            if any(one.count(family=family) for one in tallies)
        ),
    )


def _first() -> Iterator[str]:
    kept = [one for one in strangers() if one.first]
    if not kept:
        return
    yield "## First scores"
    yield (
        "What was caught before anything was mended because of it. These figures are kept for ever:"
        " once a check was mended with a wrong program in view, that program proves less. What was"
        " given up after less than a minute was not judged, and most of it is hard to find: it is"
        " told beside the figures, so that nobody takes them for better than they are."
    )
    yield table(
        (
            "program",
            "family",
            "written",
            "judged",
            "by its own clause",
            "another",
            "none",
            "missed",
            "given up, not judged",
        ),
        (
            (
                one.name,
                family,
                *(str(score[key]) for key in ("written", "judged", "own", "other", "survived")),
                ", ".join(score["missed"]),
                ", ".join(score.get("given_up", ())),
            )
            for one in kept
            for family, score in one.first.items()
        ),
    )


def _machine() -> Iterator[str]:
    every = _scores(MACHINE / "scores.json")
    if not every:
        return
    equivalent = _equivalent()
    yield "## Machine-made, by part of the reference"

    def counted(scores: list[dict[str, Any]]) -> tuple[str, ...]:
        same = [one for one in scores if one["name"] in equivalent]
        verdicts = [one["verdict"] for one in scores if one["name"] not in equivalent]
        still, slow = verdicts.count("stillborn"), verdicts.count("timed out")
        caught = sum(verdict in CAUGHT for verdict in verdicts)
        count = len(verdicts) - still
        figures = len(scores), still, len(same), slow, count - caught - slow
        return (*map(str, figures), _share(caught, count))

    parts = sorted({one["family"] for one in every})
    rows = [(part, *counted([one for one in every if one["family"] == part])) for part in parts]
    yield table(
        (
            "part",
            "made",
            "did not start",
            "judged equivalent",
            "gave no end",
            "found by none",
            "caught, of the rest",
        ),
        [*rows, ("all", *counted(every))],
    )
    same, right = (
        sum(equivalent.get(one["name"], ("", ""))[0] == kind for one in every) for kind in SAME
    )
    yield "### Judged equivalent"
    yield (
        f"A person looked at each. {same} change nothing that anybody outside can see. {right}"
        " change something that no promise is about: the pipeline is another one, and as right."
    )
    of = {one["name"]: one for one in every}
    yield table(
        ("part", "change", "what it changes", "why"),
        (
            (of[name]["family"], _change(of[name]), SAME[kind], reason)
            for name, (kind, reason) in sorted(equivalent.items(), key=lambda one: one[1])
            if name in of
        ),
    )


def _equivalent() -> dict[str, tuple[str, str]]:
    """By name: of which kind a mutant is that is no wrong pipeline, and why."""
    judged = _toml(MACHINE / "equivalent.toml")
    return {name: (kind, why) for kind in SAME for name, why in judged.get(kind, {}).items()}


def _missed(tallies: Iterable[Tally]) -> Iterator[str]:
    yield "## What no clause finds"
    missed = [
        (one, score)
        for one in tallies
        for score in one.scores
        if score["verdict"] not in (*CAUGHT, "stillborn")
    ]
    if not missed:
        yield "Of these, every one is caught by some clause."
        return
    unseen = _toml(MACHINE / "unseen.toml")

    def why(one: Tally, score: dict[str, Any]) -> str:
        given_up = f"{score['why'].strip()}; " if score.get("why") else ""
        reason = one.reasons.get(score["name"], f"{given_up}nobody has judged it yet")
        return unseen[reason]["says"] if reason in unseen else reason

    yield table(
        ("program", "what is wrong", "clause", "why it is not found"),
        (
            (
                one.name,
                _change(score) if score.get("diff") else score.get("says", score["name"]),
                named(score["clause"]) if score.get("clause") else "",
                why(one, score),
            )
            for one, score in missed
        ),
    )


def _change(score: dict[str, Any]) -> str:
    """A diff in a cell: what was taken out and what came in."""
    lines = score.get("diff", "").splitlines()
    out = " ".join(line[1:].strip() for line in lines if line.startswith("-"))
    came = " ".join(line[1:].strip() for line in lines if line.startswith("+"))
    return f"{code(out, cell=True)} becomes {code(came, cell=True) if came else 'nothing'}"


def _share(some: int, of: int) -> str:
    return f"{100 * some / of:.0f} % ({some} of {of})" if of else "none was made"


def _all(some: int, of: int) -> str:
    return f"All {of}" if some == of else f"{some} of them"


def _scores(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text(encoding="utf-8"))["scores"] if path.exists() else []


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
