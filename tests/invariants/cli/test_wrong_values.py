"""Every option of every command is given what it cannot be given: exit code 2, and what to do.

The commands and their options are those that the command line has: one that is new is walked too,
and what stands for its values by its type. One whose values are text has to be added to ``TEXTS``.
"""

import re
import signal

import click
import pytest
from click.testing import CliRunner

from payloadproof.cli import main
from payloadproof.cli.given import File, Source
from payloadproof.scenario import steps as do
from payloadproof.scenario.store import Saved, save
from payloadproof.syntax import shell

LONG = "x" * 5_000  # longer than a file's name can be
NOT_UTF_8 = "no\udcff"  # as Python hands on a byte that is no UTF-8
NUL = "a\0b"
CHOICES = ("", "nonsense", "TEXT", "a=b", NOT_UTF_8, NUL, LONG)
NUMBERS = ("", " ", "x", "nan", "1.5.1", "0x10", "a=b", NOT_UTF_8, NUL)
WHOLES = (*NUMBERS, "1.5", "1e3", "9" * 5_000)
READ = ("", "missing", "dir", "file/x", "loop", "a=b", "/dev/zero", NOT_UTF_8, NUL, LONG)
WRITTEN = ("", "dir", "no/such/x", "file/x", "loop", "/proc/x", NUL, LONG)
DIRECTORIES = ("", "file", "file/x", "loop", "/proc/x", NUL, LONG)
REPORTS = (
    *(f"json={one}" for one in WRITTEN),
    *("", "=", ",", "a=b", "json", "json=a,", "json=a,json=a"),
)
CLAUSES = ("", ",", "Z9", "A1,Z9", "a=b", "-1", NOT_UTF_8, NUL, LONG)
PAIRS = ("", "x", "=", "=1", NOT_UTF_8, NUL, "a\0b=1")
COUNTED = (
    *(*PAIRS, "x=", "x=y", "x=-1", "x=1.5", f"x={'9' * 30}"),
    *(f"x={NOT_UTF_8}", f"{NOT_UTF_8}=1"),
)
ADAPTERS = (
    *(
        "",
        "node adapter.mjs",
        "cmd:",
        'cmd:"',
        "cmd:missing",
        "cmd:./dir",
        "cmd:./file",
        f"cmd:{LONG}",
    ),
    *("direct:", "direct:a", "direct:no_such:x", "direct:sys:no", "direct:..:x", "direct:a:b"),
    *(f"cmd:{NOT_UTF_8}", f"direct:{NOT_UTF_8}:x", NOT_UTF_8, NUL, "a=b"),
)
#: What a file holds that is none of what is read there.
CONTENTS = {"file": b"hello\n", "empty": b"", "bin": bytes(range(256)), "list.json": b"[1]"}
#: What each option that takes a file makes of that; the others are files to write.
READS = {
    "--baseline": ("file", "empty", "bin", "list.json"),
    "--flags": ("file", "empty", "bin", "list.json"),
    "--tariff": ("file", "empty", "bin", "list.json"),
    "--reasons": ("file", "bin", "list.json"),
    "--stdin": (),
}
#: Options whose values are text, each with what it cannot be.
TEXTS = {
    "--adapter": ADAPTERS,
    "--report": REPORTS,
    "check --only": CLAUSES,
    "--allow-unsupported": CLAUSES,
    "--due": COUNTED,
    "--reply": COUNTED,
    "--off": (*PAIRS, "x="),
    "--set": PAIRS,
    "--off-command": ("", "missing x", "'", NOT_UTF_8, NUL),
    "--file": (*PAIRS, "x="),
    "probe --only": ("", "nonsense", "a=b", NOT_UTF_8, NUL, LONG),
    "--for": (*NUMBERS, "0", "-1", "inf", "1e999", "9" * 30, "20x", "1h"),
    "contract --name": ("", " ", NOT_UTF_8, NUL, "a\nb"),
    "init --name": ("", "My Program", "-x", "a=b", "9", NOT_UTF_8, NUL, LONG),
}
#: What a command needs besides the option, so that the option is what is wrong.
BESIDE = {
    "audit": ("events.json",),
    "bill": ("events.json", "--installs", "10"),
    "contract": ("events.json", "--from"),
    "diff": ("events.json", "events.json"),
    "explain": ("A1",),
    "init": ("--language", "any"),
    "probe": ("--plan", "--", "true"),
    "record": ("--", "true"),
    "replay": ("saved.json", "--trust"),
}
#: Commands whose arguments are looked at in the same way.
ARGUMENTS = {
    "audit files": (READ, ()),
    "bill files": (READ, ("--installs", "10")),
    "diff old": (READ, ("events.json",)),
    "diff new": (READ, ("events.json",)),
    "replay file": ((*READ, *CONTENTS), ()),
    "contract source": ((*READ, *CONTENTS), ()),
    "explain what": (("", "Z9", "a=b", NOT_UTF_8, NUL, LONG), ()),
    "schema name": (("", "Reprot", "a=b", NOT_UTF_8, NUL, LONG), ()),
    "probe command": (("", "missing", "no/such", NOT_UTF_8, NUL, LONG), ("--",)),
    "record command": (("", "missing", "no/such", NOT_UTF_8, NUL, LONG), ("--",)),
}
SECONDS = 20  # that a command gets which took a wrong value for a right one


def params(kind):
    """Each parameter of each command that takes a value, by the command's name."""
    return [
        pytest.param(name, param, id=f"{name} {param.opts[-1]}")
        for name, command in main.commands.items()
        for param in command.params
        if isinstance(param, kind) and not getattr(param, "is_flag", False)
    ]


def wrong(command, param):
    """What an option cannot be, by its type, or by its name where it is text."""
    option = param.opts[-1]
    given = TEXTS.get(f"{command} {option}", TEXTS.get(option))
    match param.type:
        case _ if given is not None:
            return given
        case File() if option in READS:
            # What a program reads may go on for ever.
            read = READ if option != "--stdin" else [one for one in READ if one != "/dev/zero"]
            return (*read, *READS[option])
        case File() if option == "--corpus":
            return DIRECTORIES
        case File():
            return WRITTEN
        case Source():
            return (*READ, *CONTENTS)
        case click.Choice():
            return CHOICES
        case click.IntRange() | click.FloatRange() as numbers:
            numbers_ = WHOLES if isinstance(numbers, click.IntRange) else (*NUMBERS, "1e999")
            out = (numbers.min is not None and numbers.min - 1, numbers.max and numbers.max * 10)
            return (*numbers_, "-inf", *(str(one) for one in out if one not in (None, False)))
        case click.types.IntParamType():
            return (*WHOLES, "9" * 30, f"-{'9' * 30}")
    pytest.fail(f"{command} {option}: no wrong values are known of it; add them to TEXTS")


@pytest.fixture
def refuses(tmp_path, monkeypatch):
    """Runs a command line that cannot be; what is printed of it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dir").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "events.json").write_text('[{"event": "e", "distinct_id": "i", "properties": {}}]')
    for name, content in CONTENTS.items():
        (tmp_path / name).write_bytes(content)
    scenario = do.Scenario(steps=(do.Flush(),), now_ms=0)
    saved = {"clause": "A1", "message": "m", "adapter": "cmd:true", "contract": "claude_mem"}
    save(tmp_path, Saved(**saved, scenario=scenario)).rename(tmp_path / "saved.json")

    def too_long(*_):
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, too_long)

    def invoke(words, value, option=None):
        signal.alarm(SECONDS)
        result = CliRunner().invoke(main, list(words), prog_name="payloadproof")
        signal.alarm(0)
        said = result.output
        broken = result.exception
        if not (broken is None or isinstance(broken, SystemExit)):
            return f"raised {broken!r}"
        if result.exit_code != 2:
            return f"exit code {result.exit_code}: {said[:300]}"
        if len(re.findall("^[eE]rror: ", said, re.MULTILINE)) != 1 or "Traceback (most" in said:
            return f"not one message: {said[-600:]}"
        if option and not re.search(rf"{option}\b", said):
            return f"does not name {option}: {said[-600:]}"
        if not ("next: " in said or "example:" in said or "--help" in said or " -h" in said):
            return f"does not say what to do: {said[-600:]}"
        if not any(one.lower() in said.lower() for one in spelt(value)):
            return f"does not quote the value: {said[-600:]}"
        return None

    yield invoke
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def spelt(value):
    """How a message may quote a value."""
    short = value[:20]
    _, _, after = short.partition(":")
    _, _, right = short.partition("=")
    quoted = {short, after, right, short.strip(), *short.split(",")} - ({""} if value else set())
    as_number = {"inf"} if value in {"9" * 5_000, "1e999"} else set()
    escaped = {way for one in quoted for way in (ascii(one)[1:-1], shell.command([one]))}
    return quoted | escaped | as_number


def told(said):
    return "\n".join(f"{value!r}: {why}" for value, why in said.items() if why)


@pytest.mark.parametrize(("command", "param"), params(click.Option))
def test_an_option_refuses_what_it_cannot_be_and_says_which_it_is(refuses, command, param):
    option = param.opts[-1]
    beside = BESIDE.get(command, ())
    if option == "--installs":
        beside = beside[:1]
    if option == "--language":
        beside = ()
    said = {}
    for value in dict.fromkeys(wrong(command, param)):
        # In front, since what comes after -- is the program's own.
        said[value[:40]] = refuses((command, option, value, *beside), value, option)
    assert not told(said), told(said)


@pytest.mark.parametrize(("command", "param"), params(click.Argument))
def test_an_argument_refuses_what_it_cannot_be(refuses, command, param):
    values, beside = ARGUMENTS[f"{command} {param.name}"]
    said = {}
    for value in dict.fromkeys(values):
        words = (*beside, value) if param.name in {"new", "files", "command"} else (value, *beside)
        said[value[:40]] = refuses((command, *words), value)
    assert not told(said), told(said)
