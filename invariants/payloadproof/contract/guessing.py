"""The shape of a property, guessed from what was seen of it, with the reason beside it.

Rule 1: the tightest shape that every value has. What has none is a slug, which it does not fit, so
that it is found until a person has decided.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from payloadproof.contract.seen import Seen
from payloadproof.syntax import toml

_SET_MAX: Final = 12  # words of a closed set
_REPEATED: Final = 3  # times that each word of it was seen, on average
_ITEMS: Final = (10, 20, 50, 100, 1_000)
_KEYS: Final = 20  # of an object whose keys are names, and not data
_ORDER: Final = ("date", "uuid", "version", "slug", "model", "id")

Guess = tuple[dict[str, Any], list[str]]  # a shape's keys, and the reasons


def guessed(key: str, seen: Seen) -> Iterator[str]:
    """Lines of a table of ``[properties]``, but for the description."""
    shape, reasons = guess(key, seen)
    first, *rest = (toml.assigned(name, value) for name, value in shape.items())
    yield f"{first} # TODO {'; '.join(reasons)}"
    yield from rest


def guess(key: str, seen: Seen) -> Guess:
    """The shape that fits, or ``slug`` where a person has to decide."""
    kinds = {kind: times for kind, times in seen.kinds.items() if kind != "null"}
    if not kinds:
        return {"type": "slug", "null": True}, ["only null was seen"]
    kind = max(kinds, key=lambda one: kinds[one])
    shape, reasons = _GUESSES.get(kind, _text)(key, seen)
    if len(kinds) > 1:
        others = ", ".join(f"{other} in {n:,}" for other, n in kinds.items() if other != kind)
        reasons = [f"{kind} in {kinds[kind]:,} values, but {others}", *reasons]
    if "null" in seen.kinds:
        shape["null"] = True
        reasons.append(f"null in {seen.kinds['null']:,} of {seen.times:,}")
    return shape, reasons


def _bool(_: str, seen: Seen) -> Guess:
    return {"type": "bool"}, [f"true or false in {seen.kinds['bool']:,} values"]


def _number(key: str, seen: Seen) -> Guess:
    bounds = f"from {seen.least:g} to {seen.most:g}"
    if seen.epoch:
        return {"type": "epoch_ms"}, [f"every number is a time of this century in ms, {bounds}"]
    if not seen.whole:
        shape: dict[str, Any] = {"type": "number"}
        if seen.least >= 0:
            shape["min"] = 0
        return shape, [f"numbers {bounds}"]
    shape = {"type": "count" if seen.least >= 0 else "integer"}
    reasons = [f"whole numbers {bounds}"]
    if seen.most > 10**12 or key.lower().endswith("id"):
        reasons.append("an id, or an address in memory?")
    return shape, reasons


def _text(key: str, seen: Seen) -> Guess:
    times = seen.kinds.get("text", 0)
    different = len(seen.texts)
    if seen.leaks:
        what = ", ".join(sorted(seen.leaks))
        reason = f"some values look like {what}: do not send them, or declare type text and `never`"
        return {"type": "slug"}, [reason]
    shape = _shaped(key, seen)
    if shape is None:
        reason = (
            f"free text of up to {seen.longest:,} characters, which is a finding until it is"
            " declared: type text and what it may `never` hold"
        )
        return {"type": "slug"}, [reason]
    closed = not seen.more_texts and 1 < different <= _SET_MAX and shape == "slug"
    if closed and times >= _REPEATED * different:
        reason = f"{different} words in {times:,} values: are these all?"
        return {"type": "enum", "values": sorted(seen.texts)}, [reason]
    if shape in ("uuid", "id"):
        return {"type": shape}, [f"an id in {times:,} values: whose, and is it random?"]
    if different == 1 and not seen.more_texts and times > 1:
        reason = "always the same here: a constant, or what this machine or person is called?"
        return {"type": shape}, [reason]
    return {"type": shape}, [f"every one of {times:,} values has this shape"]


def _shaped(key: str, seen: Seen) -> str | None:
    named = {"version": "version" in key.lower(), "model": "model" in key.lower()}
    fits = [name for name in _ORDER if name in seen.shapes]
    for name in ("date", "uuid"):
        if name in fits:
            return name
    preferred = next((name for name in fits if named.get(name)), None)
    dotted = all("." in text for text in seen.texts) and seen.texts
    if preferred is None and fits[:1] == ["version"] and not dotted:
        fits = fits[1:]  # a bare number in text is a name like another
    return preferred or next(iter(fits), None)


def _list(key: str, seen: Seen) -> Guess:
    if seen.items is None:
        inner: dict[str, Any] = {"type": "slug"}
        reasons = ["only empty lists were seen, or ones too deep to look into"]
    else:
        inner, reasons = guess(key, seen.items)
    shape: dict[str, Any] = {"type": "list", "items": inner}
    most = next((one for one in _ITEMS if one >= 2 * seen.largest), 2 * seen.largest)
    shape["max_items"] = max(most, 1)
    return shape, [f"lists of up to {seen.largest:,} items: {'; '.join(reasons)}"]


def _object(key: str, seen: Seen) -> Guess:
    most = next((one for one in _ITEMS if one >= seen.largest), seen.largest)
    of_data = len(seen.keys) > _KEYS
    if of_data:
        every = Seen()
        for inner in seen.keys.values():
            every.merge(inner)
        others, reasons = guess(key, every)
        shape: dict[str, Any] = {"type": "object", "others": others, "max_keys": max(most, 1)}
        return shape, [f"{len(seen.keys)} keys and more, made of data?: {'; '.join(reasons)}"]
    told: list[str] = []
    keys: dict[str, Any] = {}
    for name, inner in seen.keys.items():
        keys[name], reasons = guess(name, inner)
        told.append(f"{toml.text(name)}: {'; '.join(reasons)}")
    shape = (
        {"type": "object", "keys": keys} if keys else {"type": "object", "others": {"type": "slug"}}
    )
    if seen.hidden_keys:
        told.append(f"{seen.hidden_keys:,} keys are left out for their names or their number")
    return shape, [f"objects; {'; '.join(told)}" if told else "only empty objects were seen"]


_GUESSES: Final = {
    "bool": _bool,
    "number": _number,
    "text": _text,
    "list": _list,
    "object": _object,
}
