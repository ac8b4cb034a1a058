"""Who decides whether anything is sent: the layers of consent, and what each of them says.

Rule 1: the precedence table is here and nowhere else: clauses, scenarios and ``probe`` ask it.
Rule 2: where programs read one thing differently (a spelling of off that a product's list lacks, a
damaged file) the table is silent, and nobody is judged by it under C1.
Rule 3: what a contract says of consent and cannot mean is refused when it is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Annotated, Any, Final, Literal

import msgspec

from payloadproof.contract import settings
from payloadproof.contract.problem import Flaw, quoted
from payloadproof.contract.settings import Format, Word
from payloadproof.syntax import toml

Decision = Literal["on", "off"]
Said = Literal["on", "off", "falls through", "silent"]
Place = Literal["data", "home", "xdg_config", "xdg_data", "xdg_state", "xdg_cache"]
Positive = Annotated[int, msgspec.Meta(ge=1)]

#: Where a directory of the XDG specification is when its variable is not set, below the home.
XDG: Final[dict[str, tuple[str, str]]] = {
    "xdg_config": ("XDG_CONFIG_HOME", ".config"),
    "xdg_data": ("XDG_DATA_HOME", ".local/share"),
    "xdg_state": ("XDG_STATE_HOME", ".local/state"),
    "xdg_cache": ("XDG_CACHE_HOME", ".cache"),
}
_INI_PARTS = 2


class _Variable(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"
):
    """A layer that is one variable of the environment."""

    variable: str

    @property
    def name(self) -> str:
        """The variable."""
        return self.variable

    def says(self, env: Mapping[str, str]) -> Said:
        """What the environment says of it."""
        spelled = env.get(self.variable)
        return "falls through" if spelled is None else self._meant(spelled)

    def _meant(self, spelled: str) -> Said:
        raise NotImplementedError


class KillSwitch(_Variable, frozen=True, kw_only=True, tag="kill_switch"):
    """A variable that turns telemetry off whenever it is set to anything but these values.

    Values are compared as they are. For a variable that is off by any value at all, ``unset`` is
    empty.
    """

    unset: tuple[str, ...]
    folded: bool = False  # compare trimmed and case-folded
    empty_is_off: bool = False  # off also when it is set to nothing

    def _meant(self, spelled: str) -> Said:
        value = _folded(spelled) if self.folded else spelled
        if not value:
            return "off" if self.empty_is_off else "falls through"
        known = {_folded(one) for one in self.unset} if self.folded else {*self.unset}
        return "falls through" if value in known else "off"


class Switch(_Variable, frozen=True, kw_only=True, tag="switch"):
    """A variable that turns telemetry on or off; an unknown value falls through.

    Values are compared trimmed and case-folded. ``off_should`` are the spellings people use that
    the product's own list lacks (C8 spellings of off). A variable that says ``DISABLED`` has
    ``off = ["1", "true"]``, and ``on`` may be empty.
    """

    off: tuple[str, ...] = ()
    on: tuple[str, ...] = ()
    off_should: tuple[str, ...] = ()
    other: Literal["falls through", "on", "off"] = "falls through"  # what every other value means
    exact: bool = False  # compare values as they are

    def _meant(self, spelled: str) -> Said:
        value = _folded(spelled)
        if not value:
            return "falls through" if self.other == "falls through" else "silent"
        if self.exact:
            return self._says_exactly(spelled, value)
        if value in self.off_should or (value != spelled.casefold() and value in self.off):
            return "silent"
        if value in self.off:
            return "off"
        return "on" if value in self.on else self.other

    def means_off(self, spelled: str) -> bool:
        """Whether a spelling is one of off that people use, though the product's list lacks it."""
        value = _folded(spelled)
        return value in self.off_should or value in {_folded(word) for word in self.off}

    def _says_exactly(self, spelled: str, value: str) -> Said:
        if spelled in self.off or spelled in self.on:
            return "off" if spelled in self.off else "on"
        near = {_folded(one) for one in (*self.off, *self.on)}
        return "silent" if value in near or value in self.off_should else self.other


class ConsentFile(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="file",
):
    """A settings file whose value under ``key`` decides when it is there.

    No file, no ``key`` in it, or null there: the next layer decides. A file that cannot be read,
    no table where the key has to be, or a value that is none of ``on`` and ``off``: damaged, which
    is off (C7 damaged opt-outs). ``key`` is written as in TOML: ``telemetry.enabled`` is in a
    table, and an inverted ``disableTelemetry`` has ``on = [false]`` and ``off = [true]``. In an
    ``ini`` or ``rc`` file, and in a ``plain`` one, which holds nothing but a word, values are
    compared trimmed and case-folded. A program that says ``xdg_config`` has to obey the variable
    ``XDG_CONFIG_HOME``; one that always reads ``~/.config`` says ``home``.
    """

    path: str
    key: str = ""
    install_id: str | None = None  # the key that holds the install id
    where: Place = "data"  # the directory that the path is relative to
    format: Format = "json"
    on: tuple[Word, ...] = (True,)  # values that turn it on
    off: tuple[Word, ...] = (False,)  # values that turn it off
    present: Decision | None = None  # of a plain file: what it says by being there

    @property
    def name(self) -> str:
        """The path."""
        return self.path

    @property
    def keys(self) -> tuple[str, ...]:
        """The path of the decision in the file; empty for a plain file."""
        return settings.path_of(self.key) or ()

    @property
    def id_keys(self) -> tuple[str, ...]:
        """The path of the install id in the file; empty where it holds none."""
        return settings.path_of(self.install_id or "") or ()

    @property
    def place(self) -> str:
        """The file among those of a run: ``data/PATH`` or ``home/PATH``."""
        return f"{self.directory}/{self.path}"

    @property
    def directory(self) -> str:
        """Where it lies in a run: a directory of XDG is another one than its default."""
        return f"home/{self.where.replace('_', '-')}" if self.where in XDG else self.where

    def content(self, text: str | None) -> dict[str, Any] | None:
        """Its tables, none for no file; None for a damaged one."""
        return {} if text is None else settings.read(self.format, text)

    def decision(self, content: Mapping[str, Any]) -> Said:
        """What its tables say."""
        inner: Any = content
        for name in self.keys:
            if inner is None:
                return "falls through"
            if not isinstance(inner, dict):
                return "silent"
            inner = inner.get(name)
        return "falls through" if inner is None else self._meant(inner)

    def says(self, text: str | None) -> Said:
        """What the file says; ``text``: None for no file."""
        if text is None:
            return "falls through"
        if self.format == "plain":
            return self.present or self._meant(text)
        content = self.content(text)
        return "silent" if content is None else self.decision(content)

    def _meant(self, value: object) -> Said:
        for said, words in (("off", self.off), ("on", self.on)):
            if any(self._equal(value, word) for word in words):
                return "off" if said == "off" else "on"
        return "silent"

    def _equal(self, value: object, word: Word) -> bool:
        if self.format in settings.OF_TEXT:
            return isinstance(value, str) and _folded(value) == _folded(str(word))
        return type(value) is type(word) and value == word  # 1 is not true

    def written(self, value: Word | None, *, beside: Mapping[str, Any] | None = None) -> str:
        """The file with this value, or without the key where it is None."""
        if self.format == "plain":
            word = str(value).lower() if isinstance(value, bool) else str(value)
            return "" if self.present else f"{word}\n"
        content = dict(beside or {})
        if value is not None:
            content = settings.put(content, self.keys, value)
        return settings.written(self.format, content)

    def holding(self, decision: Decision, *, beside: Mapping[str, Any] | None = None) -> str | None:
        """The file by which it decides so, by the first of its values; None for no file."""
        if self.present is not None:
            return "" if self.present == decision else None
        words = self.on if decision == "on" else self.off
        return self.written(words[0], beside=beside) if words else None

    def identified(self, value: object) -> dict[str, Any]:
        """Tables that hold this install id and nothing else; none where the file holds none."""
        return settings.put({}, self.id_keys, value) if self.id_keys else {}


ConsentLayer = KillSwitch | Switch | ConsentFile


class Consent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The consent chain: the first layer that decides wins."""

    layers: tuple[ConsentLayer, ...]
    default: Decision
    honoured_within_ms: Positive = 30_000

    def decide(self, env: Mapping[str, str], text: str | None) -> tuple[Decision | None, str]:
        """What the chain says, and the name of the layer that says it.

        Args:
            env: the environment the implementation sees.
            text: what the consent file holds, None for no file.
        """
        for layer in self.layers:
            said = layer.says(text) if isinstance(layer, ConsentFile) else layer.says(env)
            if said == "silent":
                return None, layer.name
            if said != "falls through":
                return said, layer.name
        return self.default, "default"


def states(layer: ConsentLayer, decision: Decision) -> Iterator[tuple[dict[str, str], str | None]]:
    """Environment and file by which one layer decides so, the plainest first."""
    match layer:
        case KillSwitch(variable=variable):
            if decision == "off":
                yield {variable: "1"}, None
                yield {variable: "yes"}, None  # where 1 counts as not set
        case Switch(variable=variable, on=on, off=off, other=other):
            yield from (({variable: word}, None) for word in (on if decision == "on" else off))
            if other == decision:
                yield {variable: "maybe"}, None
        case ConsentFile():
            text = layer.holding(decision)
            if text is not None:
                yield {}, text


def consent_flaws(consent: Consent) -> Iterator[Flaw]:
    """What no program can mean, or no scenario can try."""
    files = [n for n, layer in enumerate(consent.layers) if isinstance(layer, ConsentFile)]
    for number, layer in enumerate(consent.layers):
        key = f"consent.layers[{number}]"
        if isinstance(layer, Switch):
            yield from _switch_flaws(layer, key)
        elif isinstance(layer, ConsentFile):
            yield from _file_flaws(layer, key)
            if number != files[0]:
                found = f"a second one, {quoted([layer.path])}"
                yield Flaw(f"{key}.kind", "one file at the most", found, 'kind = "switch"')
    if consent.default == "off" and not any(any(states(layer, "on")) for layer in consent.layers):
        expected = "on, or a layer that can turn telemetry on"
        example, found = 'default = "on"', "off, and no layer that can turn it on"
        yield Flaw("consent.default", expected, found, example, ("consent.layers",))


def _switch_flaws(layer: Switch, key: str) -> Iterator[Flaw]:
    if not layer.off and not layer.on:
        expected = "values that turn it on, or off"
        yield Flaw(f"{key}.off", expected, "neither", 'off = ["0", "false", "off"]')
    off = {_folded(word) for word in layer.off}
    for word in layer.on:
        if _folded(word) in off:
            expected = "a value that is not listed under off, too"
            yield Flaw(f"{key}.on", expected, quoted([word]), 'on = ["1", "true", "on"]')
    for role in ("off", "on", "off_should"):
        for word in getattr(layer, role):
            if not layer.exact and word != _folded(word):
                expected = "values in small letters without blanks, as they are compared"
                example = toml.assigned(role, [_folded(word)])
                yield Flaw(f"{key}.{role}", expected, quoted([word]), example)


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
        if any(layer._equal(str(word), w) or word is w or word == w for w in layer.off):  # noqa: SLF001
            expected = "a value that is not listed under off, too"
            yield Flaw(f"{key}.on", expected, quoted([word]), "on = [true]")


def _folded(text: str) -> str:
    return text.strip().casefold()
