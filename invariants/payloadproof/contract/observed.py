"""What a probe saw beside the events, as lines of a draft: switches, hosts, and who was asked.

Rule 1: only what was tried stands there as tried: a switch has the one value that turned telemetry
off, and what other values mean is left to a person. ``DO_NOT_TRACK`` and ``CI``, which are nobody's
own, are written as everybody reads them.
Rule 2: what was not silent is named, and does not become a layer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from payloadproof.syntax import toml

#: Variables that nobody's program invented: set to anything but these, they mean yes.
_COMMON: Final = ("DO_NOT_TRACK", "CI")
_UNSET: Final = ("", "0", "false")
_EVENTS: Final = 5  # that are named


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """A switch that was tried, with what came of it.

    Attributes:
        variable: of the environment; empty where a command was run.
        value: what it was set to.
        command: what was run before the start; empty for a variable.
        on: what the same variable was set to in all other runs, where it was.
        runs: how many untroubled runs there were with it.
        still: telemetry hosts that were spoken to all the same; none where it silenced.
        events: their events' names, as far as they may be named.
    """

    variable: str = ""
    value: str = ""
    command: tuple[str, ...] = ()
    on: str = ""
    runs: int = 1
    still: tuple[str, ...] = ()
    events: tuple[str, ...] = ()


class Observed(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a program beside its events.

    Attributes:
        switches: every one that was tried.
        set: variables that were set in all runs: telemetry may be on for one of them.
        hosts: those that telemetry was said to.
        others: those that were spoken to about something else.
        services: of PostHog's, beside capture, that were asked.
    """

    switches: tuple[Tried, ...] = ()
    set: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    services: tuple[str, ...] = ()

    def consent(self) -> Iterator[str]:
        """The table of consent."""
        yield ""
        yield "[consent]"
        silent = [one for one in self.switches if not one.still]
        names = ", ".join(map(toml.text, self.set))
        if any(one.on for one in silent):
            # Whoever turns it on to see something asked for it.
            yield f'default = "off" # TODO it sent with {names} set; "on" if it sends without, too'
        else:
            also = f", with {names} set" if names else ""
            yield f'default = "on" # TODO it sent without being asked{also}'
        for one in self.switches:
            if one.still:
                names = ", ".join(map(toml.text, one.events[:_EVENTS])) or "no event by a name"
                hosts = ", ".join(map(toml.text, one.still))
                yield f"# TODO {_said(one)} did not silence it: {hosts} was told {names}"
        if not silent:
            yield "# TODO no switch was found that silences it: name those that there are"
            yield "layers = []"
        for one in silent:
            yield ""
            yield "[[consent.layers]]"
            yield from _layer(one)

    def wire(self) -> Iterator[str]:
        """Lines of the table of the wire."""
        if self.hosts:
            yield f"hosts = {toml.array(self.hosts)} # TODO its telemetry went there"
        if self.others:
            yield f"# TODO it also spoke to {', '.join(map(toml.text, self.others))}: not listed"
        if self.services:
            yield f"services = {toml.array(self.services)} # TODO it asked PostHog for these"


def _said(one: Tried) -> str:
    """What was done, on one line and printable."""
    if one.command:
        return toml.text(" ".join(one.command))
    return toml.text(f"{one.variable}={one.value}")


def _layer(one: Tried) -> Iterator[str]:
    times = "one run" if one.runs == 1 else f"{one.runs} runs"
    reason = f"# TODO nothing was sent in {times} with {_said(one)}"
    if one.variable in _COMMON:
        yield f'kind = "kill_switch" {reason}; other values were not tried'
        yield toml.assigned("variable", one.variable)
        yield f"unset = {toml.array(_UNSET)} # TODO values that mean no"
        return
    if one.command:
        yield f'kind = "command" {reason} run before it'
        yield f"name = {toml.text(one.command[0])} # TODO as its own status calls it"
        yield toml.assigned("off", one.command)
        yield "on = [] # TODO the command that turns it on again, if there is one"
        return
    yield f'kind = "switch" {reason}; what do other values mean?'
    yield toml.assigned("variable", one.variable)
    yield toml.assigned("off", [one.value])
    if one.on:
        yield f"{toml.assigned('on', [one.on])} # TODO it sent with that"
    if any(word != word.strip().casefold() for word in (one.value, one.on)):
        yield "exact = true # TODO or is it compared without its case?"
