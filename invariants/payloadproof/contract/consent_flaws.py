"""What a contract says of consent and cannot mean, or no scenario can try.

Rule 1: what cannot be said gets a refusal that shows a line to copy, and never false findings.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from payloadproof.contract import settings
from payloadproof.contract.command import ConsentCommand
from payloadproof.contract.consent import (
    KEPT,
    Consent,
    ConsentFile,
    Notice,
    Switch,
    folded,
    states,
)
from payloadproof.contract.problem import Flaw, quoted
from payloadproof.syntax import toml

_INI_PARTS = 2


def consent_flaws(consent: Consent) -> Iterator[Flaw]:
    """What no program can mean, or no scenario can try."""
    kept = [n for n, layer in enumerate(consent.layers) if isinstance(layer, KEPT)]
    for number, layer in enumerate(consent.layers):
        key = f"consent.layers[{number}]"
        if isinstance(layer, Switch):
            yield from _switch_flaws(layer, key)
        elif isinstance(layer, ConsentFile):
            yield from _file_flaws(layer, key)
        elif isinstance(layer, ConsentCommand):
            yield from _command_flaws(layer, key)
        if number in kept[1:]:
            expected = "one file, or one command, at the most: what a command writes is a file"
            found = f"a second one, {quoted([layer.name])}"
            yield Flaw(f"{key}.kind", expected, found, 'kind = "switch"')
    if consent.default == "off" and not any(any(states(layer, "on")) for layer in consent.layers):
        expected = "on, or a layer that can turn telemetry on"
        example, found = 'default = "on"', "off, and no layer that can turn it on"
        yield Flaw("consent.default", expected, found, example, ("consent.layers",))
    if consent.notice is not None:
        yield from _notice_flaws(consent.notice)


def _notice_flaws(notice: Notice) -> Iterator[Flaw]:
    if not notice.says or not all(text.strip() for text in notice.says):
        expected = "the words that the notice cannot do without, none of them empty"
        found = quoted(notice.says) if notice.says else "none"
        yield Flaw("consent.notice.says", expected, found, 'says = ["collects usage data"]')


def _switch_flaws(layer: Switch, key: str) -> Iterator[Flaw]:
    if not layer.off and not layer.on:
        expected = "values that turn it on, or off"
        yield Flaw(f"{key}.off", expected, "neither", 'off = ["0", "false", "off"]')
    off = {folded(word) for word in layer.off}
    for word in layer.on:
        if folded(word) in off:
            expected = "a value that is not listed under off, too"
            yield Flaw(f"{key}.on", expected, quoted([word]), 'on = ["1", "true", "on"]')
    for role in ("off", "on", "off_should"):
        for word in getattr(layer, role):
            if not layer.exact and word != folded(word):
                expected = "values in small letters without blanks, as they are compared"
                example = toml.assigned(role, [folded(word)])
                yield Flaw(f"{key}.{role}", expected, quoted([word]), example)


def _command_flaws(layer: ConsentCommand, key: str) -> Iterator[Flaw]:
    example = 'off = ["my-tool", "telemetry", "off"]'
    if not layer.name.strip():
        expected, found = "what the program's own status calls it", quoted([layer.name])
        yield Flaw(f"{key}.name", expected, found, 'name = "my-tool telemetry"')
    if not layer.off and not layer.on:
        expected = "a command that turns it off, or one that turns it on, word by word"
        yield Flaw(f"{key}.off", expected, "neither", example)
    for role in ("off", "on"):
        words: tuple[str, ...] = getattr(layer, role)
        if words and (not words[0].strip() or any("\0" in word for word in words)):
            expected = "a program and its arguments; nothing in them is read by a shell"
            yield Flaw(f"{key}.{role}", expected, quoted(words), example)
        elif len(words) == 1 and len(words[0].split()) > 1:
            expected = "a list of words: the program, then each argument"
            line = toml.assigned(role, words[0].split())
            yield Flaw(f"{key}.{role}", expected, quoted(words), line)
    if layer.on and layer.on == layer.off:
        expected = "another command than the one that turns it off"
        yield Flaw(f"{key}.on", expected, quoted(layer.on), 'on = ["my-tool", "telemetry", "on"]')


def _file_flaws(layer: ConsentFile, key: str) -> Iterator[Flaw]:
    parts = PurePosixPath(layer.path).parts
    if not parts or parts[0] in ("/", "~") or ".." in parts or "\0" in layer.path:
        expected = "a path below the directory that `where` names, in which no .. stands"
        example = 'path = "telemetry.json"'
        yield Flaw(f"{key}.path", expected, quoted([layer.path]), example)
    if layer.format == "plain":
        yield from _plain_flaws(layer, key)
        return
    if layer.present is not None:
        expected = 'no present, or the format "plain": only such a file decides by being there'
        yield Flaw(f"{key}.present", expected, quoted([layer.present]), 'format = "plain"')
    for role, name in (("key", layer.key), ("install_id", layer.install_id)):
        if name is None:
            continue
        found = settings.path_of(name)
        if found is None:
            expected = "a key as TOML writes it; parts with other characters stand in quotes"
            example = toml.assigned(role, "telemetry.enabled")
            yield Flaw(f"{key}.{role}", expected, quoted([name]), example)
        elif layer.format == "ini" and len(found) != _INI_PARTS:
            expected = "the section and the option of an ini file"
            example = toml.assigned(role, "telemetry.enabled")
            yield Flaw(f"{key}.{role}", expected, quoted([name]), example)
        elif layer.format == "rc" and len(found) != 1:
            expected = "one name, in quotes where it has dots: an rc file has no tables"
            example = toml.assigned(role, toml.text(".".join(found)))
            yield Flaw(f"{key}.{role}", expected, quoted([name]), example)
    if layer.keys and layer.keys == layer.id_keys:
        expected, example = "another key than that of the decision", 'install_id = "installId"'
        yield Flaw(f"{key}.install_id", expected, quoted([layer.key]), example)
    yield from _word_flaws(layer, key)


def _plain_flaws(layer: ConsentFile, key: str) -> Iterator[Flaw]:
    for role, name in (("key", layer.key), ("install_id", layer.install_id)):
        if name:
            expected = f"no {role}: a plain file holds one word, or nothing"
            yield Flaw(f"{key}.{role}", expected, quoted([name]), 'format = "json"')
    if layer.present is None:
        yield from _word_flaws(layer, key)


def _word_flaws(layer: ConsentFile, key: str) -> Iterator[Flaw]:
    if not layer.off and not layer.on:
        yield Flaw(f"{key}.off", "values that turn it on, or off", "neither", "off = [false]")
    for word in layer.on:
        if any(layer.equal(str(word), w) or word is w or word == w for w in layer.off):
            expected = "a value that is not listed under off, too"
            yield Flaw(f"{key}.on", expected, quoted([word]), "on = [true]")
