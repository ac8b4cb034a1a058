"""A right program that somebody else wrote, and the wrong ones that were made of it by edits.

Rule 1: a base is a folder here with a ``base.toml``; the right program lies beside that, or where
``root`` says. ``wrong/FAMILY/NAME.toml`` is one wrong program: the clause that it breaks, a
sentence, and edits. Who does not know what a family is called names the folder for the letter of
its clauses.
Rule 2: an edit is made once or not at all: what it replaces occurs exactly once in its file. Of a
program whose text is somebody else's none stands here: what is cut out of it is counted.
Rule 3: nothing is edited in place.
"""

from __future__ import annotations

import hashlib
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from payloadproof.clauses.clause import every_clause

T = TypeVar("T")

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
OWN = ("base.toml", "survivors.toml", "wrong")  # of the folder of a base; the rest is its program


class BaseError(Exception):
    """A base or a wrong program cannot be used; the message says which, where, and what to do."""


class Base(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A ``base.toml``.

    ``says``: what the program is, in a sentence; ``root``: where it lies, from the top of the
    repository; ``given``: instead, what the folder is that ``--checkout`` has to name; ``linked``:
    folders in it that are big and only read; ``direct``: its adapter, as ``module:object``;
    ``child``: the command of its adapter, with ``{python}``, ``{root}`` and ``{repository}`` in it;
    ``needs``: commands that have to be there; ``requires``: packages from PyPI; ``known``: a
    baseline; ``unsupported``: clauses that its adapter leaves out.
    """

    says: str
    language: str
    root: str = ""
    given: str = ""
    linked: tuple[str, ...] = ()
    direct: str = ""
    child: str = ""
    needs: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    contract: str = "claude_mem"
    known: str = ""
    unsupported: tuple[str, ...] = ()
    name: str = ""

    def lies(self, checkout: Path | None = None) -> Path:
        """Where the right program is.

        Raises:
            BaseError: nobody said where.
        """
        if self.given and checkout is None:
            raise BaseError(f"{self.name}: --checkout has to name {self.given}")
        if self.given:
            assert checkout
            return checkout.absolute()
        return REPOSITORY / self.root if self.root else HERE / self.name

    def absent(self, checkout: Path | None = None) -> str:
        """What is not there that it takes; empty where all is."""
        try:
            place = self.lies(checkout)
        except BaseError as problem:
            return str(problem)
        lacking = [command for command in self.needs if shutil.which(command) is None]
        lacking += [name for name in self.linked if not (place / name).exists()]
        return f"{self.name}: there is no {', no '.join(lacking)}" if lacking else ""

    def specs(self, root: Path) -> Iterator[str]:
        """How a connector reaches the copy that lies in ``root``, the quickest first."""
        if self.direct:
            yield f"direct:{self.direct}"
        if self.child:
            places = {"python": sys.executable, "root": root, "repository": REPOSITORY}
            told = {name: shlex.quote(str(place)) for name, place in places.items()}
            yield f"cmd:{self.child.format(**told)}"

    def copied(self, checkout: Path | None, to: Path) -> Path:
        """A copy of the right program below ``to``."""
        place = self.lies(checkout)
        root = to / "program"

        def passed_over(folder: str, names: list[str]) -> set[str]:
            top = Path(folder) == place
            left = {*self.linked, *(OWN if place == HERE / self.name else ())} if top else set()
            return {"__pycache__", ".git"} | (left & {*names})

        shutil.copytree(place, root, ignore=passed_over, symlinks=True)
        for name in self.linked:
            (root / name).symlink_to(place / name)
        return root


class Edit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``old``, which is in a file exactly once, becomes ``new``."""

    file: str
    old: str
    new: str


class Cut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The same of a file whose text is somebody else's, so that none of it stands here.

    ``sha256``: of the whole file. ``parts``: from which character on, how many of them go, and what
    stands there instead; in the order of the file, and counted in the file as it was.
    """

    file: str
    sha256: str
    parts: tuple[tuple[int, int, str], ...]


class Wrong(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A wrong program. ``name`` is ``FAMILY/NAME``, by its clause and its path."""

    clause: str
    says: str
    edit: tuple[Edit, ...] = ()
    name: str = ""
    cut: tuple[Cut, ...] = ()

    @property
    def family(self) -> str:
        """Whose clauses judge it."""
        return self.name.partition("/")[0]

    def apply(self, root: Path) -> None:
        """Make a copy of the right program wrong.

        Raises:
            BaseError: an edit names no file, or what it replaces is not there exactly once.
        """
        for cut in self.cut:
            where = f"{self.name}, cut of {cut.file}"
            path = _inside(root, cut.file, where)
            _make(cut, path, where)
        for number, edit in enumerate(self.edit, start=1):
            where = f"{self.name}, edit {number} of {edit.file}"
            path = _inside(root, edit.file, where)
            text = path.read_text(encoding="utf-8")
            times = text.count(edit.old)
            if times != 1:
                first = edit.old.strip().partition("\n")[0][:80]
                raise BaseError(
                    f"{where}: what it replaces occurs {times} times and not once: {first!r};"
                    " give it more lines, or those that are there now"
                )
            path.write_text(text.replace(edit.old, edit.new), encoding="utf-8")


def _inside(root: Path, file: str, where: str) -> Path:
    path = root / file
    if not path.resolve().is_relative_to(root.resolve()) or not path.is_file():
        raise BaseError(f"{where}: there is no such file in the base")
    return path


def _make(cut: Cut, path: Path, where: str) -> None:
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != cut.sha256:
        raise BaseError(
            f"{where}: the file is another than it was cut from; take the version that base.toml"
            " names"
        )
    text, end = content.decode(), 0
    pieces = []
    for at, length, instead in cut.parts:
        if not end <= at <= at + length <= len(text):
            raise BaseError(f"{where}: character {at} is out of order, or beyond the file")
        pieces += [text[end:at], instead]
        end = at + length
    path.write_text("".join((*pieces, text[end:])), encoding="utf-8")


def bases() -> dict[str, Base]:
    """All of them, by name.

    Raises:
        BaseError: a file of theirs cannot be read.
    """
    return {path.parent.name: _base(path) for path in sorted(HERE.glob("*/base.toml"))}


def _base(path: Path) -> Base:
    read = _decoded(path, Base)
    if not (read.direct or read.child):
        raise BaseError(f"{_shown(path)}: it needs direct or child: how is its adapter reached?")
    return msgspec.structs.replace(read, name=path.parent.name)


def wrongs(base: str) -> dict[str, Wrong]:
    """The wrong programs of a base, by ``FAMILY/NAME``.

    Raises:
        BaseError: a file cannot be read, or names a clause that is not of its folder's family.
    """
    found: dict[str, Wrong] = {}
    folder = HERE / base / "wrong"
    for path in sorted(folder.glob("*/*.toml")):
        wrong = _decoded(path, Wrong)
        known = every_clause().get(wrong.clause)
        if known is None or path.parent.name not in (
            known.family,
            wrong.clause.rstrip("0123456789"),
        ):
            of = f"of the family {known.family}" if known else "no clause"
            raise BaseError(f"{_shown(path)}: {wrong.clause} is {of}, not of {path.parent.name}")
        wrong = msgspec.structs.replace(wrong, name=f"{known.family}/{path.stem}")
        if wrong.name in found:
            raise BaseError(f"{_shown(path)}: there is a {wrong.name} in another folder, too")
        if not wrong.edit and not wrong.cut:
            raise BaseError(f"{_shown(path)}: it has no edit, and is as right as its base")
        found[wrong.name] = wrong
    return found


def _decoded(path: Path, kind: type[T]) -> T:
    try:
        return msgspec.toml.decode(path.read_bytes(), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BaseError(f"{_shown(path)}: {error}") from error


def _shown(path: Path) -> str:
    return str(path.relative_to(HERE))
