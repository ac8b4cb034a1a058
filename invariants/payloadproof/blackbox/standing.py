"""Where each run stands: a stage of its own on the disk, seen where every other run sees its own.

Rule 1: what one run leaves no other finds, but for the next starts in one home, which stand in the
first one's.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from payloadproof.blackbox.stage import Stage, Staged
from payloadproof.blackbox.wanted import Wanted
from payloadproof.drive.place import Place

PREFIX = 24  # bits of the card's network


class Stood(NamedTuple):
    """One run's stage, as it lies on the disk below ``root``."""

    stage: Stage
    staged: Staged
    root: Path

    def place(self, *, read_only: bool) -> Place:
        """The machine that goes with it; ``read_only``: whether its home cannot be written."""
        machine = self.stage.machine
        files = [
            (f"/etc/{name}", path.read_text())
            for name, path in self.staged.etc.items()
            if name in ("passwd", "group")
        ]
        return Place(
            hostname=machine.host,
            machine_id=machine.machine_id,
            mac=machine.mac,
            address=f"{machine.ipv4}/{PREFIX}",
            files=tuple(files),
            read_only=(self.staged.env["HOME"],) if read_only else (),
        )


class Standing:
    """Sets up the stages of the runs of one command.

    Args:
        stages: by the name of a person.
        scratch: a directory of ours, removed by its owner.
        argv: the command, with placeholders.
        files: texts with placeholders, by name.
        env: what the command's environment is made from.

    Attributes:
        seen: where every run sees its own stage: an empty directory.
    """

    def __init__(
        self,
        stages: Mapping[str, Stage],
        scratch: Path,
        argv: Sequence[str],
        files: Mapping[str, str],
        env: Mapping[str, str],
    ) -> None:
        self._stages = stages
        self._scratch = scratch
        self._argv, self._files, self._env = argv, files, env
        self._numbers = itertools.count(1)
        self._homes: dict[str, Stood] = {}
        self.seen = scratch / "stage"
        self.seen.mkdir()

    @contextmanager
    def of(self, wanted: Wanted) -> Iterator[Stood]:
        """Where this one stands; gone afterwards, unless a next start is to find it."""
        if wanted.start > 1 and wanted.home in self._homes:
            yield self._homes[wanted.home]
            return
        stood = self._set_up(wanted)
        if wanted.home:
            self._homes[wanted.home] = stood
        try:
            yield stood
        finally:
            if not wanted.home:
                shutil.rmtree(stood.root, ignore_errors=True)

    def _set_up(self, wanted: Wanted) -> Stood:
        stage, root = self._stage(wanted), self._scratch / f"stage-{next(self._numbers)}"
        staged = stage.staged(
            root, self._argv, self._files, self._env, seen=self.seen, given=wanted.given
        )
        if wanted.switch is not None and wanted.switch.file:
            settings = staged.home / wanted.switch.file
            settings.parent.mkdir(parents=True, exist_ok=True)
            settings.write_text(wanted.switch.content, encoding="utf-8")
        return Stood(stage, staged, root)

    def _stage(self, wanted: Wanted) -> Stage:
        stage = self._stages[wanted.person]
        if wanted.changed:
            others = [one for who, one in self._stages.items() if who != wanted.person]
            stage = stage.changed(wanted.changed, others[0])
        return stage
