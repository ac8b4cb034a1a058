"""Who decides whether anything is sent: the layers of consent, and what each of them says.

Rule 1: the precedence table is here and nowhere else: clauses, scenarios and ``probe`` ask it.
Rule 2: where programs read one thing differently (a spelling of off that a product's list lacks, a
damaged file) the table is silent, and nobody is judged by it under C1.
Rule 3: what a contract says of consent and cannot mean is refused when it is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal

import msgspec

from payloadproof.contract import settings
from payloadproof.contract.command import ConsentCommand, Decision, Layer, Said
from payloadproof.contract.settings import Format, Word

Place = Literal["data", "home", "xdg_config", "xdg_data", "xdg_state", "xdg_cache"]
Positive = Annotated[int, msgspec.Meta(ge=1)]

#: Where a directory of the XDG specification is when its variable is not set, below the home.
XDG: Final[dict[str, tuple[str, str]]] = {
    "xdg_config": ("XDG_CONFIG_HOME", ".config"),
    "xdg_data": ("XDG_DATA_HOME", ".local/share"),
    "xdg_state": ("XDG_STATE_HOME", ".local/state"),
    "xdg_cache": ("XDG_CACHE_HOME", ".cache"),
}


class _Variable(Layer, frozen=True, kw_only=True):
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
        value = folded(spelled) if self.folded else spelled
        if not value:
            return "off" if self.empty_is_off else "falls through"
        known = {folded(one) for one in self.unset} if self.folded else {*self.unset}
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
        value = folded(spelled)
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
        value = folded(spelled)
        return value in self.off_should or value in {folded(word) for word in self.off}

    def _says_exactly(self, spelled: str, value: str) -> Said:
        if spelled in self.off or spelled in self.on:
            return "off" if spelled in self.off else "on"
        near = {folded(one) for one in (*self.off, *self.on)}
        return "silent" if value in near or value in self.off_should else self.other


class ConsentFile(Layer, frozen=True, kw_only=True, tag="file"):
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
            if any(self.equal(value, word) for word in words):
                return "off" if said == "off" else "on"
        return "silent"

    def equal(self, value: object, word: Word) -> bool:
        """Whether a value in the file is this word."""
        if self.format in settings.OF_TEXT:
            return isinstance(value, str) and folded(value) == folded(str(word))
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


ConsentLayer = KillSwitch | Switch | ConsentFile | ConsentCommand
#: What a program remembers by itself: a scenario says of one of them what it holds.
KEPT = (ConsentFile, ConsentCommand)


class Notice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a program says of its telemetry before it sends any, in a fresh home.

    ``probe`` judges it (C14 the notice comes first). Each text of ``says`` has to be printed by
    then, whatever its case and the blanks in it. Where ``sends`` is "from the next start", the
    first start says it and sends nothing, and ``probe`` starts the program once in every fresh home
    before the start that it judges. A program that remembers in a file that its notice was shown,
    and is off until then, has a layer besides: a ``plain`` file with ``present = "on"``.
    """

    says: tuple[str, ...]
    sends: Literal["after it", "from the next start"] = "after it"  # when the first event may leave


class Consent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The consent chain: the first layer that decides wins."""

    layers: tuple[ConsentLayer, ...]
    default: Decision
    honoured_within_ms: Positive = 30_000
    notice: Notice | None = None

    def decide(self, env: Mapping[str, str], text: str | None) -> tuple[Decision | None, str]:
        """What the chain says, and the name of the layer that says it.

        Args:
            env: the environment the implementation sees.
            text: what the consent file holds, None for no file; of a command, see
                :data:`~payloadproof.contract.command.RAN`.
        """
        for layer in self.layers:
            said = layer.says(text) if isinstance(layer, KEPT) else layer.says(env)
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
        case ConsentFile() | ConsentCommand():
            text = layer.holding(decision)
            if text is not None:
                yield {}, text


def folded(text: str) -> str:
    """Trimmed and case-folded, as words of a switch are compared."""
    return text.strip().casefold()
