"""Writes docs/reference/*.md from the code, or checks that it is up to date.

    python docs/generate.py            rewrite the pages
    python docs/generate.py --check    exit 1, with a diff, when a page is not what the code says

Rule 1: a page holds what the code says. What has to be added by hand stands in the tables below,
and a field or an operation without an entry stops the run.
Rule 2: the same code gives the same bytes.
"""  # noqa: INP001  # a script beside the pages it writes, not a package

from __future__ import annotations

import ast
import difflib
import inspect
import io
import sys
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import msgspec

import payloadproof.contract as contract_module
from payloadproof.adapters import base
from payloadproof.audit import WIRE_CLAUSES
from payloadproof.clauses import Clause, clauses
from payloadproof.cli import main as command_line
from payloadproof.contract import ConsentFile, Contract, Event, KillSwitch, Switch, load
from payloadproof.oracle.finding import CHECKS
from payloadproof.protocol import codec, messages
from payloadproof.report.inventory import bound, type_of
from payloadproof.report.model import VERDICTS
from payloadproof.suite.properties import PROFILES, SUITE

PAGES = Path(__file__).with_name("reference")
PACKAGE = Path(base.__file__).parents[1]
MADE = (
    "<!-- Made by `python docs/generate.py` from {source}. Change that, then run it again. -->\n\n"
)

FAMILIES = {
    "silence": "telemetry never throws and never blocks",
    "consent": "consent decides what is sent, written and remembered",
    "allow": "deny by default",
    "bound": "no unbounded streams, and sums that are right",
    "profile": "which events may build a person profile",
    "wire": "what the capture service accepts, and when",
}

EXAMPLES: dict[str, messages.Params] = {
    params.op: params
    for params in (
        messages.Initialize(
            protocol=messages.VERSION, harness=messages.Harness(name="payloadproof", version="0.1")
        ),
        messages.StartScenario(
            scenario="s1",
            env={
                "HOME": "/tmp/s1/home",  # noqa: S108  # an example, not a file that is opened
                "PATH": "/usr/bin:/bin",
                "KETTLE_TELEMETRY": "1",
                "KETTLE_TELEMETRY_HOST": "http://127.0.0.1:40001",
                "KETTLE_TELEMETRY_KEY": "phc_one_per_scenario",
            },
            home="/tmp/s1/home",  # noqa: S108  # as above
            data_dir="/tmp/s1/data",  # noqa: S108  # as above
            host="http://127.0.0.1:40001",
            token="phc_one_per_scenario",  # noqa: S106  # an example that opens nothing
            now_ms=1_750_000_000_000,
        ),
        messages.Capture(
            event="water_boiled", properties={"litres": 1.5, "started_by": {codec.TAG: "nan"}}
        ),
        messages.Record(
            event="turn_ended", properties={"outcome": "ok"}, session=123_456_789_012_345
        ),
        messages.EndSession(session=123_456_789_012_345),
        messages.SetConsent(env={"DO_NOT_TRACK": "1", "KETTLE_TELEMETRY": None}),
        messages.AdvanceClock(ms=30_000),
        messages.Flush(),
        messages.Shutdown(),
        messages.EndScenario(),
        messages.Exit(),
    )
}

REPLIES = (
    ("ok", messages.Reply(id=7, ok={}), "the operation returned"),
    (
        "raised",
        messages.Reply(id=7, raised=messages.RaisedDetail(type="TypeError", message="no number")),
        "the implementation threw at its public boundary: a finding on S1",
    ),
    (
        "unsupported",
        messages.Reply(id=7, unsupported="this adapter has no session/end"),
        "not offered: clauses that need it are unsupported",
    ),
    (
        "error",
        messages.Reply(
            id=7, error=messages.ErrorDetail(code="no-checkout", message="DIR is no checkout")
        ),
        "the adapter itself is broken: the run ends with exit code 2",
    ),
)

PARAMETERS = {
    "protocol": "Version of the protocol.",
    "harness": "Who is asking: `name` and `version`.",
    "scenario": "A name for logs. Means nothing.",
    "env": "Variables by name.",
    "home": "An empty home directory of this scenario.",
    "data_dir": "An empty data directory of this scenario, but for the consent file.",
    "host": "The recorder, `http://127.0.0.1:PORT`.",
    "token": "The project key of this scenario.",
    "now_ms": "Where a virtual clock stands, in epoch milliseconds.",
    "event": "The event's name. May be hostile in `capture`.",
    "properties": "What the caller hands over. May hold hostile values, or be one.",
    "person": "Whether the caller asks for a person profile.",
    "transport": "Which path: that of a long-lived worker, or that of a short command.",
    "session": "A session's id, below 2^53.",
    "ms": "How far, in milliseconds.",
    "implementation": "What is checked; for the report.",
    "capabilities": "What the adapter can do.",
    "name": "Its name.",
    "version": "Its version.",
    "language": "What it is written in.",
    "homepage": "Where to read about it.",
    "issues": "Where to report a defect of it.",
    "ops": "The operations it answers.",
    "clock": "`virtual` or `real`; see above.",
    "hostile": "The kinds of hostile values it builds.",
}

TABLES = {
    "Contract": "(top level)",
    "Product": "[product]",
    "Consent": "[consent]",
    "KillSwitch": '[[consent.layers]], kind = "kill_switch"',
    "Switch": '[[consent.layers]], kind = "switch"',
    "ConsentFile": '[[consent.layers]], kind = "file"',
    "Variables": "[variables]",
    "Wire": "[wire]",
    "Files": "[files]",
    "Limits": "[limits]",
    "Property": "[properties.NAME]",
    "Event": "[events.NAME]",
    "Fold": "[events.NAME.fold]",
    "Tally": "[events.NAME.fold.properties.NAME]",
    "Occurrence": "[occurrences.NAME]",
}

# Of fields that carry no comment in contract.py.
FIELDS = {
    "Contract.format": "Version of this format.",
    "Contract.product": "Whose contract it is.",
    "Contract.consent": "Who decides, in which order.",
    "Contract.variables": "How a run is pointed at the recorder.",
    "Contract.wire": "What PostHog's own keys may say.",
    "Contract.properties": "Every key that may be sent, by name.",
    "Contract.events": "Every event that may be sent, by name.",
    "Contract.base": "Properties that every event may carry.",
    "Contract.person": "Properties that `$set` may carry.",
    "Contract.forbidden_events": "Names that must never be sent, for clause A4's scenarios.",
    "Contract.occurrences": "What is recorded and folded, by name.",
    "Contract.files": "What may be written whatever the consent.",
    "Contract.limits": "Bounds that clauses judge by.",
    "Product.name": "Its name.",
    "Product.description": "What it is, in one line.",
    "Product.homepage": "Where to read about it.",
    "Consent.layers": "The chain, first come first served.",
    "Consent.default": "What holds when no layer decides.",
    "Consent.honoured_within_ms": "How long a change may take to be noticed.",
    "KillSwitch.variable": "The environment variable.",
    "KillSwitch.unset": "The values that count as not set.",
    "Switch.variable": "The environment variable.",
    "Switch.off": "Values that turn it off.",
    "Switch.on": "Values that turn it on.",
    "Switch.off_should": "Spellings of off that people use and the product's list lacks.",
    "ConsentFile.path": "The file, relative to the data directory.",
    "ConsentFile.key": "The boolean in it that decides.",
    "ConsentFile.install_id": "The key in it that holds the install id.",
    "Variables.host": "Where to send. Set to the recorder.",
    "Variables.key": "The project key. Set to a fresh one for each scenario.",
    "Variables.data_dir": "The data directory.",
    "Variables.debug": "Turns debug mode on.",
    "Variables.errors": "Turns errors off by themselves.",
    "Wire.geoip_disable": "What `$geoip_disable` says.",
    "Wire.directives": "Keys with `$` that steer ingestion.",
    "Wire.stamps": "Keys with `$` that the SDK adds by itself.",
    "Files.log": "Globs of log files, relative to the data directory.",
    "Limits.string_max_chars": "Longest text, in code points.",
    "Limits.shutdown_ms": "Longest shutdown.",
    "Limits.cli_capture_ms": "Longest capture of a short command.",
    "Limits.safety_max_age_ms": "Age at which a sweep flushes a session.",
    "Limits.safety_max_records": "Number of records at which a sweep flushes a session.",
    "Limits.window_ms": "Length of a window rollup.",
    "Property.type": "What kind of value.",
    "Property.description": "What it means, in one line.",
    "Property.unit": "Unit of a number, for readers.",
    "Event.kind": "What kind of event.",
    "Event.description": "What it tells, in one line.",
    "Event.properties": "Names from `[properties]`.",
    "Event.transport": "Which path it takes.",
    "Event.grain": "One for each of these. This or a ceiling is mandatory.",
    "Event.fold": "How a rollup is made of occurrences.",
    "Fold.occurrence": "A name from `[occurrences]`.",
    "Fold.properties": "How each property of the rollup is computed.",
    "Fold.reason_session_end": "Its value when a session ended.",
    "Fold.reason_shutdown": "Its value when the program ended.",
    "Fold.reason_safety": "Its value when a sweep flushed it.",
    "Tally.op": "The arithmetic.",
    "Tally.of": "The occurrence's property that is counted or summed.",
    "Tally.equals": "Count only those with this value.",
    "Occurrence.key": "Whether a session keys it.",
    "Occurrence.properties": "Names from `[properties]`.",
}

PROPERTY_TYPES = {
    "bool": "true or false",
    "count": "a whole number, 0 or more",
    "number": "a finite number",
    "enum": "one of `values`",
    "slug": "a short name of letters, digits and `. _ : + -`",
    "model": "a model's id: as a slug, and one inner `/`",
    "version": "digits and dots first, then letters, digits and `. + -`",
    "date": "`YYYY-MM-DD`",
    "epoch_ms": "milliseconds since 1970",
    "text": "any text up to `max_chars`",
}


def main(arguments: list[str]) -> int:
    """Rewrite the pages, or compare them; the exit code."""
    stale = False
    for name, text in pages().items():
        path = PAGES / name
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        if "--check" not in arguments:
            PAGES.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif before != text:
            stale = True
            lines = before.splitlines(keepends=True), text.splitlines(keepends=True)
            click.echo("".join(difflib.unified_diff(*lines, f"{path}", "from the code")))
    if stale:
        click.echo("next: python docs/generate.py", err=True)
    return int(stale)


def pages() -> dict[str, str]:
    """Every generated page by file name."""
    made = {
        "clauses.md": ("invariants/payloadproof/clauses.toml", _clauses()),
        "protocol.md": ("invariants/payloadproof/protocol", _protocol()),
        "contract.md": ("invariants/payloadproof/contract.py and contracts/", _contract()),
        "cli.md": ("invariants/payloadproof/cli.py", _cli()),
    }
    return {
        name: MADE.format(source=source) + "\n\n".join(parts) + "\n"
        for name, (source, parts) in made.items()
    }


# clauses.md


def _clauses() -> Iterator[str]:
    yield "# Clauses"
    yield (
        "What is promised. A level MUST fails the run; SHOULD is stricter than the source asks;"
        " INFO is only reported. An id is never used again. `payloadproof clauses` prints the same."
    )
    yield _table(
        ("clause", "level", "promise"),
        (
            (f"[{name}](#{name.lower()})", clause.level, clause.text)
            for name, clause in clauses().items()
        ),
    )
    family = ""
    for name, clause in clauses().items():
        if clause.family != family:
            family = clause.family
            yield f"## {family.capitalize()}: {FAMILIES[family]}"
        yield f"### {name}"
        yield clause.text
        yield "\n".join(f"- {line}" for line in _facts(name, clause))
    yield "## Verdicts"
    yield _table(
        ("verdict", "when"), ((f"`{name}`", meaning) for name, meaning in VERDICTS.items())
    )


def _facts(name: str, clause: Clause) -> Iterator[str]:
    yield f"Level: {clause.level}"
    yield f"Source: {clause.source}"
    yield f"Control: {clause.control}"
    yield f"Needs: {', '.join(f'`{need}`' for need in clause.needs) or 'nothing'}"
    if clause.requires:
        yield f"Applies where the contract has {clause.requires}"
    aimed = ", ".join(prop.name for prop in SUITE if name in prop.aims)
    yield f"Scenarios made to break it: {aimed}"
    # A check that its own docstring explains beyond the sentence.
    said = _doc(CHECKS[name])
    if said:
        yield f"How it is judged: {_joined_lines(said)}"
    if name in WIRE_CLAUSES:
        yield "Also judged on a recording, by `payloadproof audit`"


# protocol.md


def _protocol() -> Iterator[str]:
    yield "# Protocol"
    yield (
        f"Version {messages.VERSION}. JSON Lines over the adapter's stdin and stdout."
        " [The adapter guide](../adapter-guide.md) shows a whole session."
    )
    yield _doc(messages)
    yield f"`LINE_MAX` is {messages.LINE_MAX:,} bytes. Unknown keys are ignored on both sides."
    yield "`payloadproof schema NAME` prints the JSON Schema of a message."
    yield "## Operations"
    yield _table(
        ("operation", "deadline", "may wait for the network", "schema"),
        (
            (
                f"[`{op}`](#{_anchor(op)})",
                f"{params.deadline_s:g} s",
                "yes" if params.may_wait else "no",
                f"`{params.__name__}`",
            )
            for op, params in messages.OPS.items()
        ),
    )
    for op, params in messages.OPS.items():
        yield f"### {op}"
        yield _doc(params)
        rows = list(_fields(params, PARAMETERS))
        yield _table(("field", "type", "default", "meaning"), rows) if rows else "No fields."
        yield _block(codec.request_line(7, EXAMPLES[op]).decode().rstrip(), "json")
        if op == messages.Initialize.op:
            yield from _initialized()
    yield "## Replies"
    yield "Every request gets exactly one of these, with its id."
    yield _table(("reply", "meaning"), ((f"`{name}`", meaning) for name, _, meaning in REPLIES))
    yield _block("".join(codec.encode(reply).decode() for _, reply, _ in REPLIES).rstrip(), "json")
    yield (
        "The end of the adapter's output, or a deadline that passes, is a finding once the adapter"
        " has answered before, and an error of the adapter when it never has."
    )
    yield "## Hostile values"
    yield _doc(codec)
    yield _table(
        ("kind", "what to build"),
        ((f"`{kind}`", codec.HOSTILE_MEANING[kind]) for kind in codec.HOSTILE),
    )


def _initialized() -> Iterator[str]:
    yield f"{_doc(messages.Initialized)} Its fields:"
    for shape in (messages.Initialized, messages.Implementation, messages.Capabilities):
        yield f"`{shape.__name__}`: {_doc(shape)}"
        yield _table(("field", "type", "default", "meaning"), _fields(shape, PARAMETERS))
    answer = messages.Initialized(
        protocol=messages.VERSION,
        implementation=messages.Implementation(name="kettle", version="1.0", language="python"),
        capabilities=messages.Capabilities(
            ops=("initialize", "scenario/start", "capture", "flush", "shutdown", "scenario/end"),
            clock="real",
            hostile=("nan", "bytes"),
        ),
    )
    reply = messages.Reply(id=7, ok=msgspec.to_builtins(answer))
    yield _block(codec.encode(reply).decode().rstrip(), "json")


# contract.md


def _contract() -> Iterator[str]:
    yield "# Contract"
    yield (
        "A TOML file that says what a program may collect, and under which consent."
        " `payloadproof contract FILE` checks one and prints its inventory. An unknown key is an"
        " error; an error names the file, the key, what was expected, and a line to copy."
    )
    yield "## Format"
    for name, place in TABLES.items():
        struct: type[msgspec.Struct] = getattr(contract_module, name)
        yield f"### {name}"
        yield f"`{place}`. {_doc(struct)}"
        notes = _comments(struct)
        meanings = {
            field: notes.get(field) or FIELDS[f"{name}.{field}"]
            for field in struct.__struct_fields__
        }
        yield _table(("key", "type", "default", "meaning"), _fields(struct, meanings))
    yield "### Types of properties"
    yield (
        "Whether a value fits its type is not judged by any clause yet. The types make the"
        " scenarios, and they tell readers what is collected."
    )
    known = _schema(contract_module.Property)["properties"]["type"]["enum"]
    yield _table(("type", "value"), ((f"`{name}`", PROPERTY_TYPES[name]) for name in sorted(known)))
    for name in contract_module.shipped():
        yield from _inventory(name, load(name))


def _inventory(name: str, contract: Contract) -> Iterator[str]:
    yield f"## Inventory: {name}"
    product = contract.product
    yield f"{product.name}: {product.description}. {product.homepage or ''}".rstrip()
    yield (
        f"{len(contract.events)} events and {len(contract.properties)} properties of all events."
        " Events that may build a person profile say so; all others must not."
    )
    yield "### Consent"
    yield "\n".join(f"{n}. {line}" for n, line in enumerate(_chain(contract), start=1))
    yield "### Events"
    yield _table(
        ("event", "kind", "bound", "profile", "meaning"),
        (
            (f"`{name}`", event.kind, bound(event), _yes(event.profile), event.description)
            for name, event in contract.events.items()
        ),
    )
    yield f"Never sent: {_names(contract.forbidden_events)}."
    yield f"Base properties, carried unless said otherwise: {_names(contract.base)}."
    yield f"Person properties, in `$set`: {_names(contract.person)}."
    for event_name, event in contract.events.items():
        yield f"`{event_name}`: {_carried(event)}."
    yield "### Properties"
    yield _table(
        ("property", "type", "meaning"),
        (
            (f"`{key}`", type_of(prop), prop.description)
            for key, prop in contract.properties.items()
        ),
    )
    own = [(e, key, prop) for e, event in contract.events.items() for key, prop in _own(event)]
    if own:
        yield "Of one event alone:"
        yield _table(
            ("event", "property", "type", "meaning"),
            ((f"`{e}`", f"`{key}`", type_of(prop), prop.description) for e, key, prop in own),
        )


def _own(event: Event) -> Iterable[tuple[str, contract_module.Property]]:
    return event.own_properties.items()


def _carried(event: Event) -> str:
    names = _names([*event.properties, *event.own_properties]) or "no properties"
    return names if event.base else f"{names}; no base properties"


def _chain(contract: Contract) -> Iterator[str]:
    for layer in contract.consent.layers:
        match layer:
            case KillSwitch(variable=variable, unset=unset):
                yield f"`{variable}`: off, unless unset or one of {_quoted(unset)}"
            case Switch(variable=variable, off=off, on=on):
                yield f"`{variable}`: off for {_quoted(off)}, on for {_quoted(on)}"
            case ConsentFile(path=path, key=key):
                yield f"`{path}` in the data directory: its `{key}`, when true or false"
    yield f"Otherwise {contract.consent.default}"


def _comments(struct: type[msgspec.Struct]) -> dict[str, str]:
    """Comments beside the fields of a class, as sentences."""
    source = inspect.getsource(struct)
    found = {}
    lines = source.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        field, colon, _ = lines[token.start[0] - 1].partition(":")
        if token.type == tokenize.COMMENT and colon and field.strip().isidentifier():
            text = token.string.lstrip("# ")
            found[field.strip()] = f"{text[0].upper()}{text[1:]}."
    return found


# cli.md


def _cli() -> Iterator[str]:
    yield "# Command line"
    yield _block("payloadproof COMMAND [OPTIONS]", "text")
    yield str(command_line.help)
    commands: Mapping[str, click.Command] = command_line.commands
    yield _table(
        ("command", "what it does"),
        (
            (f"[`{name}`](#payloadproof-{name})", str(command.help))
            for name, command in sorted(commands.items())
        ),
    )
    for name, command in sorted(commands.items()):
        yield f"## payloadproof {name}"
        yield str(command.help)
        context = click.Context(command, info_name=f"payloadproof {name}")
        yield _block(
            " ".join([context.command_path, *command.collect_usage_pieces(context)]), "text"
        )
        options = [option for option in command.params if isinstance(option, click.Option)]
        if options:
            yield _table(
                ("option", "default", "meaning"), (_option(one, context) for one in options)
            )
    yield "Every command takes `--help`; `payloadproof --version` prints the version."
    yield "## Profiles"
    yield _table(
        ("profile", "scenarios for each property, about", "time to make a finding small, at most"),
        (
            (f"`{name}`", f"{profile.examples:,}", f"{profile.shrink_s:g} s")
            for name, profile in PROFILES.items()
        ),
    )
    yield "## Exit codes"
    yield _table(
        ("code", "meaning"),
        (
            ("0", "something passed, and nothing failed, was vacuous or is missing"),
            (
                "1",
                "a finding, a vacuous clause, or an operation that a MUST clause needs is missing",
            ),
            ("2", "the run says nothing: an error of usage, of the adapter or of the harness"),
            ("130", "interrupted"),
        ),
    )
    yield "[Verdicts](clauses.md#verdicts) are explained with the clauses."
    yield "## Errors"
    yield (
        "What ends a run with exit code 2. An error says what was wrong, what came back where"
        " something did, the usual causes, and what to do next. `…` stands for the particulars."
    )
    yield _table(
        ("code", "message", "what to do"),
        ((f"`{code}`", message, then) for code, message, then in sorted(set(errors()))),
    )
    yield "A contract that cannot be used is told by its key; see [Contract](contract.md)."


def _option(option: click.Option, context: click.Context) -> tuple[str, ...]:
    names = ", ".join(f"`{name}`" for name in option.opts)
    if not option.is_flag:
        names += f" {option.make_metavar(context)}".replace("|", r"\|")
    default = f"`{option.default}`" if option.show_default else ""
    return names, default, option.help or ""


def errors() -> Iterator[tuple[str, str, str]]:
    """Code, message and next action of every HarnessError that the package can raise."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "HarnessError":
                told = {str(word.arg): word.value for word in node.keywords}
                for code in _codes(told["code"]):
                    yield code, _template(told["message"]), _template(told.get("next"))


def _codes(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(code)):
            yield code
        case ast.IfExp(body=body, orelse=orelse):
            yield from _codes(body)
            yield from _codes(orelse)
        case _:
            raise ValueError(f"an error's code is a literal, not {ast.unparse(node)}")


def _template(node: ast.expr | None) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(_template(value) for value in values)
        case None:
            return ""
        case _:
            return "…"


# what all pages share


def _fields(struct: type[msgspec.Struct], meanings: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    shapes = _schema(struct)["properties"]
    for field in msgspec.structs.fields(struct):
        default = field.default
        if default is msgspec.NODEFAULT and field.default_factory is not msgspec.NODEFAULT:
            default = field.default_factory()
        shown = "required" if default is msgspec.NODEFAULT else _default(default)
        yield f"`{field.name}`", _type(shapes[field.name]), shown, meanings[field.name]


def _default(value: Any) -> str:
    if isinstance(value, msgspec.Struct):
        return "its defaults"
    built = msgspec.to_builtins(value)
    return f"`{msgspec.json.encode(built).decode()}`"


def _schema(struct: type[msgspec.Struct]) -> dict[str, Any]:
    _, components = msgspec.json.schema_components([struct])
    found: dict[str, Any] = components[struct.__name__]
    return found


def _type(shape: Mapping[str, Any]) -> str:
    match shape:
        case {"$ref": str(ref)}:
            return _linked(ref.rpartition("/")[2])
        case {"anyOf": shapes}:
            return " or ".join(_type(one) for one in shapes)
        case {"enum": values}:
            return ", ".join(f"`{msgspec.json.encode(value).decode()}`" for value in values)
        case {"type": "array", "items": items}:
            return f"list of {_type(items)}"
        case {"type": "object", "additionalProperties": dict(items)}:
            return f"table of {_type(items)}"
        case {"type": str(name)}:
            return name
        case _:
            return "anything"


def _linked(name: str) -> str:
    return f"[{name}](#{name.lower()})" if name in TABLES else f"`{name}`"


def _doc(thing: object) -> str:
    """A docstring as Markdown: ``code`` is `code`, a rule is an item of a list."""
    text = inspect.getdoc(thing) or ""
    parts = []
    for part in text.split("\n\n"):
        if part.startswith("Rule "):
            rules = part.replace("\nRule ", "\0Rule ").split("\0")
            parts.append("\n".join(f"- {_joined_lines(rule)}" for rule in rules))
        else:
            parts.append(_joined_lines(part))
    return "\n\n".join(parts).replace("``", "`")


def _joined_lines(text: str) -> str:
    return " ".join(text.split())


def _table(heading: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(heading), *(list(row) for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join(f"| {' | '.join(_joined_lines(cell) for cell in line)} |" for line in lines)


def _block(text: str, language: str) -> str:
    return f"```{language}\n{text}\n```"


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _quoted(values: Iterable[str]) -> str:
    return ", ".join(f'`"{value}"`' for value in values)


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _anchor(heading: str) -> str:
    return "".join(c for c in heading.lower() if c.isalnum() or c in "-_ ").replace(" ", "-")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
