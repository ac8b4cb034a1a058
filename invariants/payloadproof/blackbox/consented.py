"""Whether a recorded command's telemetry is on, as far as that can be known from outside of it.

Rule 1: what is known is what the command was given: its environment, and the consent file that lay
there before it started and lies there after it. That a contract's default is off is known of a
command that neither had nor can give itself anything else.
Rule 2: where the command may have turned telemetry on itself, it is not accused, and the report
says why. What may have done it is looked for in its words, in the files that these name, and in a
``.env`` beside it; a program that runs what a file says may do anything.
Rule 3: what the person exported on purpose is said before the start, with what would change it.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from payloadproof.clauses.timeline import decide
from payloadproof.contract import Contract
from payloadproof.contract.command import ConsentCommand, Decision
from payloadproof.contract.consent import XDG, ConsentFile, ConsentLayer, Switch, states
from payloadproof.errors import HarnessError
from payloadproof.evidence.runs import BY_DEFAULT
from payloadproof.syntax import shell
from payloadproof.syntax.printable import printable

_SCRIPT_BYTES = 1 << 20  # of a file that the command names, as far as it is looked into
_VALUE_CHARS = 40  # of a value that is said
# What these run stands in a file, or is said on another machine.
_RUNNERS = frozenset(
    "make just task npm pnpm yarn bun nox tox rake docker podman ssh sudo".split()  # noqa: SIM905
)
_EMPTIES = frozenset(("-", "-i", "--ignore-environment"))  # of `env`


class Known(NamedTuple):
    """What is known of consent in a run.

    Attributes:
        switch: what turned telemetry off, ``NAME=VALUE`` or ``BY_DEFAULT``; empty where that is
            not known.
        doubt: why it is not known though the contract's chain says off, in words; else empty.
    """

    switch: str = ""
    doubt: str = ""


class Given:
    """A command and what it is given, as they are before it starts.

    Args:
        contract: whose chain of consent decides.
        argv: the command's words.
        env: the environment that it gets.
        fresh: whether its home is empty, so that nothing in it was remembered.
        due: whether events are owed: who says so says that telemetry is on.
    """

    def __init__(
        self,
        contract: Contract,
        argv: Sequence[str],
        env: Mapping[str, str],
        *,
        fresh: bool = False,
        due: bool = False,
    ) -> None:
        self._contract = contract
        self._argv = tuple(argv)
        self._env = env
        self._fresh = fresh
        self._due = due
        self._before = self._decided()
        # Looked for once: a file that the command names may be gone when it has ended.
        self._doubt = self._may_be_on() if self._before[0] == "off" else ""
        if due and self._before[0] == "off" and not self._by_default and not self._doubt:
            off = self._told(self._before[1])
            raise HarnessError(
                code="options-conflict",
                message=f"--due says that events are owed, and telemetry is off by {off}",
                next="leave out --due, or what turns telemetry off: env -u NAME payloadproof ...",
            )

    def known(self) -> Known:
        """As far as is known by now: a file may have been written meanwhile."""
        now = self._decided()
        if "off" not in (self._before[0], now[0]):
            return Known()
        if now[0] != self._before[0]:
            return Known(doubt="what it remembers of consent was changed while it ran")
        if self._doubt:
            return Known(doubt=self._doubt)
        return Known(switch=BY_DEFAULT if self._by_default else self._told(now[1]))

    def lines(self) -> Iterator[str]:
        """What is said of it before the start: nothing where telemetry is on by default."""
        decision, layer = self._before
        if decision == "on" and self._by_default:
            return
        if decision is None:
            yield f"the contract does not say what {self._told(layer)} means"
            return
        by = "by default" if self._by_default else f"by {self._told(layer)}"
        if self._doubt:
            yield f"telemetry may be on: it is off {by}, but {self._doubt}"
            return
        turn = ""
        if decision == "off":
            word = self._turned_on() if self._by_default else None
            turn = f"; {word} turns it on" if word else ""
            if layer in self._env and os.environ.get(layer) == self._env[layer]:
                turn = f"; env -u {layer} payloadproof ... leaves that out"
        yield f"telemetry is {decision} {by}{turn}"

    @property
    def _by_default(self) -> bool:
        return self._before[1] not in {one.name for one in self._contract.consent.layers}

    def _turned_on(self) -> str | None:
        """The option by which the first of its variables says on."""
        for layer in self._contract.consent.layers:
            if isinstance(layer, Switch):
                for env, _ in states(layer, "on"):
                    return " ".join(
                        shell.command(("--set", f"{name}={value}")) for name, value in env.items()
                    )
        return None

    def _told(self, layer: str) -> str:
        value = self._env.get(layer)
        if value is None:
            return layer
        short = value if len(value) <= _VALUE_CHARS else f"{value[:_VALUE_CHARS]}..."
        return printable(f"{layer}={short}")

    def _decided(self) -> tuple[Decision | None, str]:
        return decide(self._contract, self._env, _consent_text(self._contract, self._env))

    def _may_be_on(self) -> str:
        """Why telemetry may be on though the chain says off, in words; empty for no reason."""
        if self._by_default and self._due:
            return "--due says that events are owed"
        name = Path(self._argv[0]).name if self._argv else ""
        if self._by_default and name in _RUNNERS:
            return f"what {name} runs may set what turns it on"
        if not self._by_default and "env" in self._argv and _EMPTIES.intersection(self._argv):
            return "the command empties its environment"
        for layer in self._deciding():
            if why := self._may_say(layer):
                return why
        return ""

    def _deciding(self) -> Iterator[ConsentLayer]:
        """The layers that would be asked first, if they said on, and the one that says off."""
        for layer in self._contract.consent.layers:
            if layer.name == self._before[1]:
                yield layer
                return
            if any(True for _ in states(layer, "on")):
                yield layer

    def _may_say(self, layer: ConsentLayer) -> str:
        """Why this layer may say something else than record sees."""
        words = " ".join(self._argv)
        if isinstance(layer, ConsentCommand):
            if not self._fresh:
                return f"whether {printable(shell.command(layer.on))} was run before is not known"
            said = " ".join(layer.on[1:] or layer.on)
            return f"the command runs {printable(said)}" if said in words else ""
        if isinstance(layer, ConsentFile):
            if not self._fresh and _consent_path(self._contract, self._env) is None:
                return f"where {printable(layer.name)} lies is not known"
            named = Path(layer.path).name
            return f"the command names {printable(named)}" if named in words else ""
        mention = re.compile(rf"(?<!\w){re.escape(layer.name)}(?!\w)")
        if mention.search(words):
            return f"the command itself names {layer.name}"
        if layer.name != self._before[1]:
            for file in _files(self._argv):
                if mention.search(_text(file)):
                    return f"{printable(str(file))} names {layer.name}"
        return ""


def _files(argv: Sequence[str]) -> Iterator[Path]:
    """The program, the files that its words name, those of a shell's script too, and ``.env``."""
    program = shutil.which(argv[0]) if argv else None
    for word in dict.fromkeys((program or "", *argv, *" ".join(argv).split(), ".env")):
        yield Path(word.strip("\"';"))


def _text(file: Path) -> str:
    """The text of a script; empty for what is none."""
    try:
        if not file.is_file():
            return ""
        with file.open("rb") as opened:
            content = opened.read(_SCRIPT_BYTES)
    except (OSError, ValueError):  # the latter: no name of a file
        return ""
    return "" if b"\0" in content else content.decode(errors="replace")


def _consent_path(contract: Contract, env: Mapping[str, str]) -> Path | None:
    """Where the consent file lies, where the environment says it."""
    layer = contract.consent_file
    if layer is None:
        return None
    directory = env.get(contract.variables.data_dir or "") if layer.where == "data" else None
    if layer.where != "data" and (home := env.get("HOME")):
        variable, default = XDG.get(layer.where, ("", ""))
        directory = env.get(variable) or str(Path(home, default))
    return Path(directory, layer.path) if directory else None


def _consent_text(contract: Contract, env: Mapping[str, str]) -> str | None:
    """What the consent file holds, where the environment says where it lies."""
    path = _consent_path(contract, env)
    try:
        return path.read_text(encoding="utf-8", errors="replace") if path else None
    except OSError:
        return None
