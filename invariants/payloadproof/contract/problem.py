"""What is wrong with a contract file, told so that its author can mend it.

Rule 1: an error names the file, the key as a dotted TOML path, what was expected, what was found,
and gives a line to copy.
Rule 2: nothing here knows the tables of a contract; all is read off the types it is given.
Rule 3: everything that is wrong is told in one run. What does not fit its type is mended with what
would, so that the rest can be looked at, and what follows from the mending alone is not told.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import msgspec
import msgspec.inspect as mi

from payloadproof.contract.lines import indexed, line_of
from payloadproof.syntax import shell, toml

_FOUND_MAX_CHARS = 80
_SHOWN_MAX = 50  # of one contract: nobody mends more before the next run
_LINE = re.compile(r"at line ([0-9]+)")
_SAMPLES = {
    "description": "One line that says what it means.",
    "default": "on",
    "equals": "ok",
    "host": "MY_TOOL_TELEMETRY_HOST",
    "key": "MY_TOOL_TELEMETRY_KEY",
    "name": "my-tool",
    "occurrence": "turn_ended",
    "off": "0",
    "on": "1",
    "path": "telemetry.json",
    "unset": "",
    "variable": "DO_NOT_TRACK",
    "directives": "$process_person_profile",
    "stamps": "$lib",
}


@dataclass(frozen=True)
class Flaw:
    """One thing wrong with a contract; ``key`` is empty when it is the file as a whole.

    ``of``: tables that it follows from, too.
    """

    key: str
    expected: str
    found: str
    example: str
    of: tuple[str, ...] = ()
    line: int | None = None  # of the file, from 1 on, where it stands or has to be added


class ContractError(Exception):
    """A contract that cannot be used.

    Attributes:
        file: the path, or the name that was asked for.
        flaws: everything that is wrong with it, at least one.
        key: the dotted TOML path of the first of them, as ``events.worker_started.kind``; empty
            when it is the file as a whole.
        expected: what should stand there.
        found: what stands there.
        example: a line to copy.
    """

    def __init__(self, file: str, *flaws: Flaw) -> None:
        super().__init__(file, *flaws)
        self.file: Final = file
        self.flaws: Final = flaws
        self.key: Final = flaws[0].key
        self.expected: Final = flaws[0].expected
        self.found: Final = flaws[0].found
        self.example: Final = flaws[0].example

    def __str__(self) -> str:
        if len(self.flaws) == 1:
            where = f"{self.file}: {_where(self.flaws[0])}" if self.key else self.file
            return f"the contract cannot be used: {where}\n{_told(self.flaws[0])}"
        lines = [f"the contract cannot be used: {self.file} has {len(self.flaws)} errors"]
        for number, flaw in enumerate(self.flaws[:_SHOWN_MAX], start=1):
            lines += ["", f"{number}. {_where(flaw) or self.file}", _told(flaw)]
        if len(self.flaws) > _SHOWN_MAX:
            lines += ["", f"and {len(self.flaws) - _SHOWN_MAX} more"]
        return "\n".join(lines)


def _where(flaw: Flaw) -> str:
    return f"{flaw.key} (line {flaw.line})" if flaw.line else flaw.key


def located(path: Path, flaws: Sequence[Flaw]) -> tuple[Flaw, ...]:
    """The flaws of a contract that was read, each with its line in the file."""
    try:
        known = indexed(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # it has gone meanwhile
        return tuple(flaws)
    return tuple(replace(flaw, line=line_of(known, flaw.key)) for flaw in flaws)


def _told(flaw: Flaw) -> str:
    return f"  expected: {flaw.expected}\n  found:    {flaw.found}\n  example:  {flaw.example}"


def quoted(names: Iterable[object]) -> str:
    """``"a", "b"``."""
    return ", ".join(map(toml.value, names))


def guessed(name: str, known: Iterable[str]) -> str:
    """``name``, with the known name that was probably meant."""
    name = name[:_FOUND_MAX_CHARS]
    close = difflib.get_close_matches(name, list(known), n=1)
    hint = f"; did you mean {toml.text(close[0])}?" if close else ""
    return toml.text(name) + hint


def type_flaws(raw: Any, model: type) -> tuple[Flaw, ...]:
    """Where ``raw`` (as ``tomllib`` returns it) fails to be a ``model``, from top to bottom.

    msgspec's own message tells the first alone, and has ``[...]`` in place of the name of a table
    among tables.
    """
    return tuple(_flaws(raw, mi.type_info(model), _Place()))


def mended(raw: Any, model: type) -> Any:
    """``raw`` with everything that :func:`type_flaws` tells replaced by what would fit.

    Raises:
        msgspec.ValidationError, ValueError: it does not fit even so, as an endless number.
    """
    return msgspec.convert(_mended(raw, mi.type_info(model), ""), model)


def not_of(told: Sequence[Flaw], later: Iterable[Flaw]) -> Iterator[Flaw]:
    """Of ``later`` flaws those that do not follow from what was mended for the ``told`` ones."""
    keys = [flaw.key for flaw in told]
    missing = {f"a name from [{key}]" for key in keys}
    for flaw in later:
        inside = any(flaw.key.startswith((f"{key}.", f"{key}[")) for key in keys)
        mended_too = any(key.startswith(flaw.of) for key in keys) if flaw.of else False
        if flaw.key not in keys and not inside and flaw.expected not in missing and not mended_too:
            yield flaw


@dataclass(frozen=True)
class _Place:
    """Where the walk is: the path, its last key, and whether that key holds a list."""

    path: str = ""
    name: str = ""
    in_list: bool = False

    def key(self, name: str) -> _Place:
        return _Place(toml.dotted(self.path, name), name)

    def item(self, index: int) -> _Place:
        return _Place(f"{self.path}[{index}]", self.name, in_list=True)

    def flaw(self, shape: mi.Type, found: str) -> Flaw:
        sample = _sample(shape, self.name)
        # An item is mended in its list, so the line to copy is the whole list.
        line = f"{toml.key(self.name)} = {f'[{sample}]' if self.in_list else sample}"
        return Flaw(key=self.path, expected=_expected(shape), found=found, example=line)


def _flaws(raw: Any, shape: mi.Type, place: _Place) -> Iterator[Flaw]:
    match shape:
        case mi.StructType() if isinstance(raw, dict):
            yield from _struct_flaws(raw, shape, place)
        case mi.UnionType() if (variants := _tagged(shape)) and isinstance(raw, dict):
            yield from _variant_flaws(raw, variants, place)
        case mi.UnionType(types=(present, mi.NoneType())):
            # TOML has no null: what is optional is left out.
            yield from _flaws(raw, present, place)
        case mi.DictType(value_type=value) if isinstance(raw, dict):
            for key in raw:
                yield from _flaws(raw[key], value, place.key(key))
        case mi.VarTupleType(item_type=inner) if isinstance(raw, list):
            for index, member in enumerate(raw):
                yield from _flaws(member, inner, place.item(index))
        case _ if not _fits(raw, shape):
            yield place.flaw(shape, _shown(raw, shape))


def _struct_flaws(raw: dict[str, Any], struct: mi.StructType, place: _Place) -> Iterator[Flaw]:
    fields = {field.encode_name: field for field in struct.fields}
    known = [*([struct.tag_field] if struct.tag_field else []), *fields]
    for key in raw:
        if key not in known:
            meant = difflib.get_close_matches(key, fields, n=1) or list(fields)
            yield Flaw(
                key=place.key(key).path,
                expected=f"one of the keys {quoted(known)}",
                found=guessed(key, known),
                example=f"{meant[0]} = {_sample(fields[meant[0]].type, meant[0])}",
            )
    for name, field in fields.items():
        if name in raw:
            yield from _flaws(raw[name], field.type, place.key(name))
        elif field.required:
            yield place.key(name).flaw(field.type, "nothing")


def _variant_flaws(
    raw: dict[str, Any], variants: dict[str, mi.StructType], place: _Place
) -> Iterator[Flaw]:
    tag_field = str(next(iter(variants.values())).tag_field)
    chosen = raw.get(tag_field)
    if isinstance(chosen, str) and chosen in variants:
        yield from _struct_flaws(raw, variants[chosen], place)
    else:
        kinds = mi.LiteralType(tuple(variants))
        found = _shown(chosen, kinds) if tag_field in raw else "nothing"
        yield place.key(tag_field).flaw(kinds, found)


def _mended(raw: Any, shape: mi.Type, name: str) -> Any:
    match shape:
        case mi.StructType() if isinstance(raw, dict):
            return _mended_struct(raw, shape)
        case mi.UnionType() if (variants := _tagged(shape)) and isinstance(raw, dict):
            tag_field = str(next(iter(variants.values())).tag_field)
            chosen = raw.get(tag_field)
            known = isinstance(chosen, str) and chosen in variants
            return _mended_struct(raw, variants[str(chosen) if known else next(iter(variants))])
        case mi.UnionType(types=(present, mi.NoneType())):
            return _mended(raw, present, name)
        case mi.DictType(value_type=value) if isinstance(raw, dict):
            return {key: _mended(inner, value, key) for key, inner in raw.items()}
        case mi.VarTupleType(item_type=inner) if isinstance(raw, list):
            return [_mended(member, inner, name) for member in raw]
        case _:
            return raw if _fits(raw, shape) else tomllib.loads(f"x = {_sample(shape, name)}")["x"]


def _mended_struct(raw: dict[str, Any], struct: mi.StructType) -> dict[str, Any]:
    made = {struct.tag_field: struct.tag} if struct.tag_field else {}
    for field in struct.fields:
        name = field.encode_name
        if name in raw:
            made[name] = _mended(raw[name], field.type, name)
        elif field.required:
            made[name] = tomllib.loads(f"x = {_sample(field.type, name)}")["x"]
    return made


def _tagged(union: mi.UnionType) -> dict[str, mi.StructType]:
    structs = (shape for shape in union.types if isinstance(shape, mi.StructType))
    return {str(struct.tag): struct for struct in structs if struct.tag_field}


def _fits(raw: Any, shape: mi.Type) -> bool:
    match shape:
        case mi.LiteralType(values=values):
            return any(type(value) is type(raw) and value == raw for value in values)
        case mi.StrType(min_length=least):
            return isinstance(raw, str) and len(raw) >= (least or 0)
        case mi.IntType(ge=least):
            return type(raw) is int and (least is None or raw >= least)
        case mi.BoolType():
            return isinstance(raw, bool)
        case mi.FloatType():
            return type(raw) in (int, float)
        case mi.UnionType(types=types):
            return any(_fits(raw, one) for one in types)
        case _:
            # Lists and tables that are neither: what could be inside was looked at before.
            return False


def _expected(shape: mi.Type) -> str:
    text = "a table"
    match shape:
        case mi.LiteralType(values=values):
            text = f"one of {quoted(values)}" if len(values) > 1 else quoted(values)
        case mi.StrType(min_length=least):
            text = "a string that is not empty" if least else "a string"
        case mi.IntType(ge=least):
            text = "a whole number" if least is None else f"a whole number of at least {least}"
        case mi.BoolType():
            text = "true or false"
        case mi.FloatType():
            text = "a number"
        case mi.UnionType(types=types):
            text = " or ".join(_expected(one) for one in types)
        case mi.VarTupleType(item_type=inner):
            text = "a list of strings" if isinstance(inner, mi.StrType) else "a list of tables"
    return text


def _sample(shape: mi.Type, name: str) -> str:
    """A TOML value of this shape, in one line."""
    text = "48"  # of a whole number
    match shape:
        case mi.LiteralType(values=values):
            text = toml.value(values[0])
        case mi.StrType():
            text = toml.text(_SAMPLES.get(name, "version"))
        case mi.BoolType():
            text = "true"
        case mi.VarTupleType(item_type=inner):
            text = f"[{_sample(inner, name)}]"
        case mi.DictType(value_type=inner):
            text = f"{{ version = {_sample(inner, 'version')} }}"
        case mi.StructType(fields=fields, tag_field=tag_field, tag=tag):
            pairs = [toml.assigned(tag_field, tag)] if tag_field else []
            required = (field for field in fields if field.required)
            pairs += [f"{x.encode_name} = {_sample(x.type, x.encode_name)}" for x in required]
            text = f"{{ {', '.join(pairs)} }}"
        case mi.UnionType(types=types):
            text = _sample(types[0], name)
    return text


def _shown(raw: Any, shape: mi.Type) -> str:
    if isinstance(raw, str) and isinstance(shape, mi.LiteralType):
        return guessed(raw, map(str, shape.values))
    try:
        text = toml.value(raw)
    except RecursionError:
        text = "nested too deep to be shown"
    if len(text) > _FOUND_MAX_CHARS:
        text = text[:_FOUND_MAX_CHARS] + "..."
    kinds = {bool: "a boolean", int: "a whole number", float: "a number", str: "a string"}
    kinds |= {list: "a list", dict: "a table"}
    return f"{kinds.get(type(raw), 'a date or time')}: {text}"


def read_toml(path: Path, shipped: Iterable[str]) -> dict[str, object]:
    """The tables of a contract's file.

    Raises:
        ContractError: it cannot be read, or is no TOML; ``shipped`` are the names to use instead.
    """
    text = ""
    try:
        text = path.read_bytes().decode()
        return tomllib.loads(text)
    except FileNotFoundError:
        known = f"a contract file, or the name of a shipped contract: {quoted(shipped)}"
        found, example = "no such file", "--contract claude_mem"
    except IsADirectoryError:
        known, found = "a file", "a directory"
        example = f"--contract {shell.path(path / 'contract.toml')}"
    except OSError as error:
        known, found = "a file that can be read", str(error.strerror)
        example = f"chmod u+r {shell.path(path)}"
    except tomllib.TOMLDecodeError as error:
        known, found, example = "TOML", _with_its_line(error, text), 'description = "What it says."'
    except (ValueError, RecursionError) as error:  # no UTF-8; a null in the path; nested too deep
        known, found, example = "TOML, in UTF-8", str(error), 'description = "What it says."'
    raise ContractError(str(path), Flaw("", known, found, example)) from None


def _with_its_line(error: tomllib.TOMLDecodeError, text: str) -> str:
    number = _LINE.search(str(error))
    if number is None:
        return str(error)
    (line,) = text.splitlines()[int(number[1]) - 1 : int(number[1])] or [""]
    return f"{error}: {line.strip()}" if line.strip() else str(error)
