"""A person, their machine and their project, invented for one run of a program.

Rule 1: everything in it is invented, by casting.py, and looked for in every byte that leaves.
Rule 2: a command finds it where programs look: variables, files of the home, the working directory.
Rule 3: nothing of the machine's own person is handed on.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Final, get_args

import msgspec

from payloadproof.errors import HarnessError
from payloadproof.evidence.runs import GIVEN_A_DIRECTORY, Aspect, Given, Planted

ASPECTS: Final[tuple[Aspect, ...]] = get_args(Aspect)
PLACEHOLDERS: Final = ("{secret}", "{path}", "{email}", "{prompt}")

# Only what a command needs to be found and to run; nothing of it is about a person.
KEPT_VARIABLES: Final = frozenset(
    {
        *("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TERM", "LD_LIBRARY_PATH"),
        *("VIRTUAL_ENV", "PYTHONPATH", "NODE_PATH", "JAVA_HOME", "GOROOT"),
    }
)


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Who runs the program. ``full_name`` is two words, ``email`` is also the git identity's."""

    user: str
    full_name: str
    email: str


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """Where it is run. ``mac`` has colons; ``machine_id`` is 32 hexadecimal digits."""

    host: str
    machine_id: str
    mac: str
    ipv4: str


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """The working directory: its name, and who owns the repository that it is cloned from."""

    name: str
    owner: str
    branch: str
    document: str


class Secret(msgspec.Struct, frozen=True, kw_only=True):
    """A secret under the name of its variable. ``drawn`` is the part that is nobody else's."""

    name: str
    value: str
    drawn: str


class Staged(msgspec.Struct, frozen=True, kw_only=True):
    """A stage as it lies on a disk.

    Attributes:
        env: the whole environment of the command.
        cwd: the working directory, as the command sees it.
        argv: the command with its placeholders filled in.
        home: the home directory, as it lies on the disk; the command's own name for it is
            ``env["HOME"]``.
        etc: files to mount over those of the system: ``passwd``, ``group``, ``hostname``,
            ``hosts``, ``machine-id``, by name. Nothing under ``etc`` is the program's to write.
    """

    env: dict[str, str]
    cwd: Path
    argv: tuple[str, ...]
    home: Path
    etc: dict[str, Path]


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a program can learn of a person and a machine. ``who`` is the run's person.

    ``secret`` and ``prompt`` are what the placeholders of that name stand for.
    """

    who: str
    person: Person
    machine: Machine
    project: Project
    secrets: tuple[Secret, ...]
    secret: Secret
    prompt: str

    @property
    def home(self) -> PurePosixPath:
        """The home directory, below a root."""
        return PurePosixPath("home", self.person.user)

    @property
    def cwd(self) -> PurePosixPath:
        """The working directory, below a root."""
        return self.home / "work" / self.project.name

    @property
    def document(self) -> PurePosixPath:
        """What ``{path}`` stands for, below a root."""
        return self.cwd / self.project.document

    @property
    def planted(self) -> tuple[Planted, ...]:
        """Every value that is looked for, and what it is in plain words."""
        return tuple(_planted(self))

    def changed(self, aspect: Aspect, other: Stage) -> Stage:
        """This stage with one thing of another: what can be told apart by that alone."""
        replace = msgspec.structs.replace
        machine = other.machine
        match aspect:
            case "name":
                return replace(self, person=other.person)
            case "host":
                return replace(self, machine=replace(self.machine, host=machine.host))
            case "card":
                card = replace(self.machine, mac=machine.mac, ipv4=machine.ipv4)
                return replace(self, machine=card)
            case "machine id":
                identified = replace(self.machine, machine_id=machine.machine_id)
                return replace(self, machine=identified)
            case "directory":
                return replace(self, project=other.project)
            case "secrets":
                return replace(self, secrets=other.secrets, secret=other.secret)
            case "prompt":
                return replace(self, prompt=other.prompt)

    def filled(self, text: str, root: Path) -> str:
        """``text`` with the placeholders replaced; other braces stay."""
        values = (self.secret.value, str(root / self.document), self.person.email, self.prompt)
        for placeholder, value in zip(PLACEHOLDERS, values, strict=True):
            text = text.replace(placeholder, value)
        return text

    def staged(
        self,
        root: Path,
        argv: Sequence[str] = (),
        files: Mapping[str, str] | None = None,
        base: Mapping[str, str] | None = None,
        uid: int = 0,
        *,
        seen: Path | None = None,
        given: Given = "",
    ) -> Staged:
        """Write the stage below ``root``, a directory that nobody else has.

        Two people's runs that are compared see the same root: the path of it is in what programs
        send.

        Args:
            root: made where it is missing; its ``home`` and ``etc`` must not be there yet.
            argv: the command, with placeholders.
            files: texts with placeholders, by name, to write into the working directory.
            base: the environment that the command would have had; by default this process's. Only
                ``KEPT_VARIABLES`` of it are kept.
            uid: what the command will be told that its user is: 0 where the namespace maps it so.
            seen: where the command will see ``root``; by default where it is.
            given: what is wrong with the file that ``{path}`` names.

        Raises:
            HarnessError: a file's name that leads out of the working directory, or a stage there
                already.
        """
        texts = {self._inside(name): text for name, text in (files or {}).items()}
        home, cwd = root / self.home, root / self.cwd
        seen = seen or root
        try:
            cwd.mkdir(parents=True)
            (root / "etc").mkdir()
        except FileExistsError as error:
            raise HarnessError(
                code="stage-there",
                message=f"{error.filename} already exists, and a stage is set up only once",
                next="give each run its own directory, or delete the last one first",
            ) from error
        (root / "tmp").mkdir(exist_ok=True)
        written = {home / ".gitconfig": _GITCONFIG}
        if not given:
            written[root / self.document] = "{prompt}\n"
        elif given == GIVEN_A_DIRECTORY:
            (root / self.document).mkdir()
        written |= {cwd / ".git" / "config": _REPOSITORY, cwd / ".git" / "HEAD": _HEAD}
        for below in ("objects", "refs/heads"):
            (cwd / ".git" / below).mkdir(parents=True)
        for path, text in written.items():
            path.write_text(self._known(self.filled(text, seen)), encoding="utf-8")
        for inner, text in texts.items():
            (cwd / inner).parent.mkdir(parents=True, exist_ok=True)
            (cwd / inner).write_text(self.filled(text, seen), encoding="utf-8")
        etc: dict[str, Path] = {}
        for name, text in _ETC.items():
            etc[name] = root / "etc" / name
            known = self._known(text).replace("<home>", str(seen / self.home))
            etc[name].write_text(known.replace("<uid>", str(uid)), encoding="utf-8")
        return Staged(
            env=self._environment(seen, os.environ if base is None else base),
            cwd=seen / self.cwd,
            argv=tuple(self.filled(argument, seen) for argument in argv),
            home=home,
            etc=etc,
        )

    def _inside(self, name: str) -> PurePosixPath:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or not path.parts:
            raise HarnessError(
                code="file-outside",
                message=f"the file {name!r} would lie outside the working directory",
                next="give a name below it: --file notes/today.txt=TEXT",
            )
        return path

    def _known(self, template: str) -> str:
        """A template of ours, whose gaps stand between < and >."""
        gaps = {
            "user": self.person.user,
            "full name": self.person.full_name,
            "email": self.person.email,
            "host": self.machine.host,
            "machine id": self.machine.machine_id,
            "ipv4": self.machine.ipv4,
            "project": self.project.name,
            "owner": self.project.owner,
            "branch": self.project.branch,
        }
        for gap, value in gaps.items():
            template = template.replace(f"<{gap}>", value)
        return template

    def _environment(self, root: Path, base: Mapping[str, str]) -> dict[str, str]:
        kept = {name: value for name, value in base.items() if name in KEPT_VARIABLES}
        about = {
            "HOME": str(root / self.home),
            "USER": self.person.user,
            "LOGNAME": self.person.user,
            "HOSTNAME": self.machine.host,
            "PWD": str(root / self.cwd),
            "TMPDIR": str(root / "tmp"),
            "SHELL": "/bin/sh",
        }
        return kept | about | {secret.name: secret.value for secret in self.secrets}


_GITCONFIG = "[user]\n\tname = <full name>\n\temail = <email>\n"
_HEAD = "ref: refs/heads/<branch>\n"
_REPOSITORY = """[core]
\trepositoryformatversion = 0
\tbare = false
[remote "origin"]
\turl = git@git.<owner>.example:<owner>/<project>.git
\tfetch = +refs/heads/*:refs/remotes/origin/*
"""
_ETC = {
    "passwd": (
        # The first line with a number is the one that counts: the person's, whatever it is.
        "<user>:x:<uid>:<uid>:<full name>,,,:<home>:/bin/sh\n"
        "root:x:0:0:root:/root:/bin/sh\n"
        "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
    ),
    "group": "<user>:x:<uid>:\nroot:x:0:\nnogroup:x:65534:\n",
    "hostname": "<host>\n",
    "hosts": "127.0.0.1 localhost\n::1 localhost\n<ipv4> <host>\n",
    "machine-id": "<machine id>\n",
}


def _planted(stage: Stage) -> list[Planted]:
    person, machine, project = stage.person, stage.machine, stage.project
    given, _, family = person.full_name.partition(" ")
    mailbox, _, company = person.email.partition("@")
    card = machine.mac.replace(":", "")
    kinds: list[tuple[Aspect, str, str]] = [
        ("name", "the user name, which is also the home directory's", person.user),
        ("name", "the person's first name", given),
        ("name", "the person's last name", family),
        ("name", "the e-mail address", mailbox),
        ("name", "the domain of the e-mail address", company.removesuffix(".example")),
        ("host", "the host name", machine.host.partition("-")[0]),
        ("directory", "the working directory's name", project.name),
        ("directory", "the owner of the git repository", project.owner),
        ("directory", "the git branch", project.branch),
        ("directory", "the path given to the command", project.document.removesuffix(".txt")),
        *(("secrets", secret.name, secret.drawn) for secret in stage.secrets),
        ("secrets", "the secret given to the command", stage.secret.drawn),
        ("prompt", "the prompt given to the command", stage.prompt),
    ]
    address = "the network card's address"
    # Of hexadecimal digits and numbers eight in a row are in any digest.
    long: list[tuple[Aspect, str, str, int]] = [
        ("machine id", "the machine id", machine.machine_id, 16),
        ("card", address, machine.mac, len("aa:bb:cc:dd")),
        *(("card", address, form, len(form)) for form in (card, machine.mac.replace(":", "-"))),
        ("card", f"{address} as a number", str(int(card, 16)), len(str(int(card, 16)))),
        ("card", "the IPv4 address", machine.ipv4, len(machine.ipv4)),
    ]
    return [
        *(Planted(what=what, value=value, aspect=aspect) for aspect, what, value in kinds),
        *(Planted(what=w, value=value, aspect=a, piece=piece) for a, w, value, piece in long),
    ]
