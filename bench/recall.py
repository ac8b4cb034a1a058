"""How much the reference's redaction catches, and how much it spares, on generated texts.

``python bench/recall.py [--texts N] [--pairs N] [--seen]`` prints, for each kind of secret and each
split of the generator's texts, the share of them in which no piece of a secret is left in any
encoding; then ordinary texts kept, outputs that a second pass changes, and pairs of texts that
differ in their secrets alone and in their outputs too. ``--seen`` leaves out the split that nobody
tunes on, whose wordings are its own. Exit code 0 when the targets are met, 1 when one is not.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from payloadproof.evidence.search import needles, readings
from payloadproof.generate.error_texts import (
    KINDS,
    MAKERS,
    STRICT,
    Split,
    ordinary,
    shifted,
    texts_of,
)
from payloadproof.scenario.canaries import drawn
from payloadproof.scenario.steps import kinds_in, planted
from payloadproof_reference.redaction.redact import redact

HOME = "/tmp/s/home-{canary:0}"  # noqa: S108 - a name, not a directory that is used
CAPS = {"message": 500, "stack": 2_048}
RECALL, KEPT = 0.97, 0.98
DIFFER = 0.03


class Pair(NamedTuple):
    """One text with two sets of secrets, and what became of each."""

    kind: str
    place: str
    texts: tuple[str, str]
    outputs: tuple[str, str]
    leaks: bool

    @property
    def steady(self) -> bool:
        """Whether a second pass changes nothing."""
        return all(redact(text, kind=self.place) == text for text in self.outputs)


def pairs(kind: str, count: int, split: Split) -> Iterator[Pair]:
    """Texts of one kind: messages, stacks and types, a third of the messages across a cap."""
    places = ("message", "message", "message", "stack", "type")
    for seed in range(count):
        place = places[seed % len(places)]
        text = MAKERS[place](kind, seed, split, 1)
        if place == "message" and seed % 3 == 0:
            text = shifted(texts_of(kind, seed, split, 1), seed, CAPS["message"], split)
        elif place == "stack" and seed % 2 == 0:
            text = shifted(text, seed, CAPS["stack"], split)
        yield _pair(kind, place, text.text)


def _pair(kind: str, place: str, text: str) -> Pair:
    kinds = kinds_in(HOME + text)
    secrets = drawn(kinds), drawn(kinds)
    texts = tuple(planted(text, some, planted(HOME, some)) for some in secrets)
    homes = [planted(HOME, some) for some in secrets]
    outputs = [redact(t, kind=place, known=(h,)) for t, h in zip(texts, homes, strict=True)]
    used = {n for n, secret in enumerate(secrets[0]) if secret in texts[0]}
    hay = readings(outputs[0].encode())
    leaks = any(
        needle in hay
        for n in used
        for needle in _forms(secrets[0][n]) - _forms(secrets[1][n])  # the other has those too
    )
    return Pair(kind, place, (texts[0], texts[1]), (outputs[0], outputs[1]), leaks)


def _forms(secret: str) -> set[bytes]:
    return {needle for _, needle in needles(secret)}


def kept(count: int, split: Split) -> list[str]:
    """Ordinary texts that lost something, with what became of them."""
    lost = []
    for seed in range(count):
        text = ordinary(seed, split).text
        output = redact(text, kind="message")
        if " ".join(output.split()) != " ".join(text.split()):
            lost.append(f"{text} -> {output}")
    return lost


def main(arguments: list[str]) -> int:
    """Print the tables; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=60, help="of each kind and split")
    parser.add_argument("--pairs", type=int, default=2_000, help="for non-interference")
    parser.add_argument("--seen", action="store_true", help="only the split to tune on")
    parser.add_argument("--show", metavar="KIND", help="what comes through of the seen split")
    options = parser.parse_args(arguments)
    splits: tuple[Split, ...] = ("seen",) if options.seen or options.show else ("seen", "unseen")
    console = Console()
    if options.show:
        _show(console, options.show, options.texts)
        return 0
    ok = _recall(console, splits, options.texts)
    for split in splits:
        lost = kept(options.texts * 10, split)
        share = 1 - len(lost) / (options.texts * 10)
        ok &= share >= KEPT
        console.print(f"ordinary text kept, {split}: {share:.2%} of {options.texts * 10}")
        if split == "seen":
            for line in sorted(set(lost))[:10]:
                console.print(f"  {line}", markup=False)
        differ = _interference(console, split, options.pairs)
        # On the other split some do, since more of their secrets come through.
        ok &= differ <= (0 if split == "seen" else DIFFER * options.pairs)
    return 0 if ok else 1


def _recall(console: Console, splits: tuple[Split, ...], count: int) -> bool:
    table = Table("kind", "list", *[f"recall, {split}" for split in splits], "changed by 2nd pass")
    caught = dict.fromkeys(splits, 0)
    ok, unsteady = True, 0
    for kind in KINDS:
        cells = []
        changed = 0
        for split in splits:
            found = list(pairs(kind, count, split))
            held = sum(not pair.leaks for pair in found)
            caught[split] += held
            changed += sum(not pair.steady for pair in found)
            cells.append(f"{held / count:.1%}")
            ok &= held == count or kind not in STRICT
        unsteady += changed
        table.add_row(kind, "E1" if kind in STRICT else "", *cells, str(changed or ""))
    total = count * len(KINDS)
    shares = {split: caught[split] / total for split in splits}
    table.add_row("all", "", *[f"{share:.2%}" for share in shares.values()], str(unsteady))
    console.print(table)
    return ok and not unsteady and all(share >= RECALL for share in shares.values())


def _interference(console: Console, split: Split, count: int) -> int:
    each = -(-count // len(KINDS))
    differing: dict[str, int] = {}
    for kind in KINDS:
        for pair in pairs(kind, each, split):
            if pair.outputs[0] != pair.outputs[1]:
                differing[kind] = differing.get(kind, 0) + 1
    of = each * len(KINDS)
    said = ", ".join(f"{kind} {n}" for kind, n in differing.items())
    console.print(f"pairs that differ, {split}: {sum(differing.values())} of {of} {said}")
    return sum(differing.values())


def _show(console: Console, kind: str, count: int) -> None:
    wrong: dict[str, Callable[[Pair], bool]] = {
        "LEAKS": lambda pair: pair.leaks,
        "UNSTEADY": lambda pair: not pair.steady,
        "DIFFERS": lambda pair: pair.outputs[0] != pair.outputs[1],
    }
    for pair in pairs(kind, count, "seen"):
        said = [name for name, test in wrong.items() if test(pair)]
        if said:
            console.print(f"{' '.join(said)} {pair.place}", style="bold")
            for text, output in zip(pair.texts, pair.outputs, strict=True):
                console.print(f"  {text[-300:]!r}\n  -> {output[-300:]!r}", markup=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
