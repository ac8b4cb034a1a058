"""Prices: a dated table of tiers for each meter, and what so many of one cost.

Rule 1: a price stands in a file with its date and its source, and nowhere in code.
Rule 2: tiers rise, and the last has no end: any number has a price.
"""

from __future__ import annotations

import datetime as dt
import itertools
import tomllib
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal, get_args

import msgspec

from payloadproof.errors import HarnessError

MeterName = Literal["events", "identified", "exceptions", "flags"]
METERS: tuple[MeterName, ...] = get_args(MeterName)
SHIPPED = files("payloadproof.billing") / "tariff.toml"


class Tier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``each``: dollars for one; ``to``: the last that costs so much, None for no end."""

    each: Decimal
    to: int | None = None


class Prices(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The tiers of one meter, and who says so."""

    name: MeterName
    source: str
    tiers: tuple[Tier, ...]

    def cost(self, count: float) -> float:
        """Dollars for so many in a month."""
        dollars, before = 0.0, 0.0
        for tier in self.tiers:
            upto = count if tier.to is None else min(count, tier.to)
            if upto > before:
                dollars += (upto - before) * float(tier.each)
                before = upto
        return dollars


class Tariff(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``prices_of``: since when they have been in force; ``read_on``: when they were looked up."""

    format: Literal[1]
    prices_of: dt.date
    read_on: dt.date
    meters: tuple[Prices, ...]

    def cost(self, meter: MeterName, count: float) -> float:
        """Dollars for so many of one meter in a month."""
        return next(one for one in self.meters if one.name == meter).cost(count)


@cache
def shipped() -> Tariff:
    """The table that this version comes with."""
    return _read(SHIPPED.read_text(encoding="utf-8"), "tariff.toml")


def tariff(path: Path | None) -> Tariff:
    """A table of one's own, or the shipped one.

    Raises:
        HarnessError: it cannot be read, or is none.
    """
    if path is None:
        return shipped()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _broken(str(path), getattr(error, "strerror", None) or "it is no UTF-8") from error
    return _read(text, str(path))


def _read(text: str, name: str) -> Tariff:
    try:
        read = msgspec.convert(tomllib.loads(text), Tariff)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise _broken(name, str(error)) from error
    if sorted(one.name for one in read.meters) != sorted(METERS):
        raise _broken(name, f"it has to have each of these meters once: {', '.join(METERS)}")
    for one in read.meters:
        if fault := _fault(one.tiers):
            raise _broken(name, f"{one.name}: {fault}")
    return read


def _fault(tiers: tuple[Tier, ...]) -> str:
    if not tiers or tiers[-1].to is not None:
        return "the last tier has to have no end"
    ends = [tier.to or 0 for tier in tiers[:-1]]
    if any(one >= other for one, other in itertools.pairwise((0, *ends))):
        return "each tier has to end above the one before it"
    if any(not tier.each.is_finite() or tier.each < 0 for tier in tiers):
        return "a price is a number that is not below zero"
    return ""


def _broken(name: str, why: str) -> HarnessError:
    return HarnessError(
        code="tariff-unusable",
        message=f"{name} is no table of prices: {why}",
        next="leave out --tariff, or see docs/bill.md for what such a file holds",
    )
