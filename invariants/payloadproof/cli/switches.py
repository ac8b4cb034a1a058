"""What a probe switches telemetry off by: the words after its options, and the contract's own.

Rule 1: each switch is tried alone. What is no switch is refused before the first run.
"""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from payloadproof.cli.shared import pairs
from payloadproof.errors import HarnessError
from payloadproof.syntax import shell

if TYPE_CHECKING:  # what only a run needs is imported by it
    from payloadproof.blackbox.wanted import Switch
    from payloadproof.contract import ConsentFile, Contract


def switches(
    off: Sequence[str], off_commands: Sequence[str], contract: Contract | None
) -> Iterator[Switch]:
    """What is tried: the contract's chain, else DO_NOT_TRACK; each own switch; CI."""
    from payloadproof.blackbox.wanted import Switch
    from payloadproof.contract import KillSwitch
    from payloadproof.contract import Switch as Layer
    from payloadproof.contract.consent import states

    own: dict[str, str] = {}
    for layer in contract.consent.layers if contract else ():
        if isinstance(layer, KillSwitch | Layer):
            ways = (env for env, _ in states(layer, "off") if layer.says(env) == "off")
            own |= next(ways, {})
    own |= dict(pairs("--off", off, "VARIABLE=VALUE"))
    if "DO_NOT_TRACK" not in own:
        yield Switch(variable="DO_NOT_TRACK", value="1", own=False)
    for variable, value in own.items():
        yield Switch(variable=variable, value=value, own=True)
    if contract and contract.consent_file:
        yield from _switched_by(contract, contract.consent_file)
    yield from _commanded(off_commands, contract)
    if "CI" not in own:
        yield Switch(variable="CI", value="1", own=False)


def _commanded(given: Sequence[str], contract: Contract | None) -> Iterator[Switch]:
    """Each command that turns telemetry off."""
    from payloadproof.blackbox.wanted import Switch
    from payloadproof.drive.commands import whole

    layer = contract.consent_command if contract else None
    every = [layer.off] if layer and layer.off else []
    for one in given:
        try:
            every.append(tuple(shlex.split(one)))
        except ValueError:
            every.append(())
        if not every[-1]:
            raise HarnessError(
                code="option-unusable",
                message=f"--off-command {shell.word(one)}: it is no command",
                next="--off-command 'my-program telemetry off'",
            )
    for words in dict.fromkeys(every):
        _must_be_there(words)
        yield Switch(own=True, command=whole(words), label=shell.command(words))


def _must_be_there(words: Sequence[str]) -> None:
    if shutil.which(words[0]) is None:
        from payloadproof.drive.commands import unstartable

        raise unstartable(words, "there is no such program")


def _switched_by(contract: Contract, layer: ConsentFile) -> Iterator[Switch]:
    """The consent file that says off, where it is known in which directory that is."""
    from payloadproof.blackbox.wanted import Switch
    from payloadproof.contract.consent import XDG

    text, variable = layer.holding("off"), contract.variables.data_dir
    if text is None or (layer.where == "data" and not variable):
        return
    below = {"home": "", "data": "telemetry-off/"}.get(layer.where)
    if below is None:
        below = f"{XDG[layer.where][1]}/"
    said = "is there" if layer.present else "says off"
    yield Switch(
        variable=str(variable) if layer.where == "data" else "",
        value="{home}/telemetry-off" if layer.where == "data" else "",
        own=True,
        file=f"{below}{layer.path}",
        content=text,
        label=f"{layer.path}, which {said}",
    )
