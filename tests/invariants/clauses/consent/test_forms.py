"""Every form that consent has in real programs: one pipeline that obeys it, and wrong ones.

Each wrong pipeline has to be found by the clause that is named beside it.
"""

import configparser
import json
import sys
import tomllib
import uuid
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from payloadproof.adapters.direct import DirectConnector
from payloadproof.clauses.consent import cases, scenarios
from payloadproof.clauses.registry import judge
from payloadproof.contract import load
from payloadproof.drive.runner import Runner
from payloadproof.generate.ground import Ground, _flips, can_flip
from payloadproof.generate.property import can_change
from payloadproof.recorder.server import Recorder
from payloadproof.scenario import steps as do

CONTRACTS = Path(__file__).parents[3] / "contracts"
NOW_MS = 1_790_000_000_000
ID = str(uuid.UUID(int=7, version=4))


@pytest.fixture(scope="module")
def kettle():
    sys.path.insert(0, str(CONTRACTS))
    try:
        import kettle

        return kettle.adapter
    finally:
        sys.path.remove(str(CONTRACTS))


@pytest.fixture
def chain(tmp_path):
    """A contract with these layers."""

    def make(text, default="on"):
        path = tmp_path / "kettle.toml"
        head = f'format = 1\n[consent]\ndefault = "{default}"\n'
        path.write_text(head + text + (CONTRACTS / "kettle.toml").read_text())
        return load(path)

    return make


CLAUSES = ("C1", "C2", "C3", "C4", "C6", "C7", "C8", "C10", "C11")


def flipped(ground):
    """On, off and on again by every layer that can, with marked events."""
    settle = do.Advance(ms=31_000)
    for flip in _flips(ground.contract, ID):
        steps = []
        for change in ((), (flip.off, settle), (flip.on, settle)):
            steps += change
            litres = do.FIRST_MARK + len(steps)
            steps.append(do.Capture(event="boiled", properties={"litres": litres}))
        yield ground.scenario([*steps, do.Flush(), do.Shutdown()], **flip.start)


def tried(ground):
    """Everything that consent's small tables hold, each with its control."""
    yield from cases.consent_table(ground)
    yield from scenarios.explained(ground)
    for possible, made in (
        (scenarios.can_be_damaged, scenarios.damaged_files),
        (scenarios.spells, scenarios.spelled_decisions),
    ):
        if possible(ground):
            for scenario in made(ground):
                yield scenario
                yield scenarios.overruled(ground, scenario)
    if scenarios.keeps_an_id(ground):
        yield from scenarios.kept_files(ground)
    yield from flipped(ground)


def judged(contract, adapter, *, flips=True):
    """The clauses that were broken, with what was seen of each, and those whose control fired."""
    with Recorder() as recorder:
        connector = DirectConnector("direct:kettle", lambda: adapter)
        with Runner(contract, connector, recorder) as runner:
            ground = Ground(contract, runner.initialized.capabilities, NOW_MS)
            assert can_flip(ground) == can_change(ground) == flips
            broken, fired = {}, set()
            for scenario in tried(ground):
                judgement = judge(runner.run(scenario), CLAUSES)
                fired |= judgement.exercised
                for finding in judgement.findings:
                    broken.setdefault(finding.clause, (finding.message, scenario))
    return broken, fired


class Form(NamedTuple):
    """``right`` and what is ``wrong``, by the clause that says so, are layers of a kettle."""

    toml: str
    name: str
    right: object
    wrong: dict
    default: str = "on"
    flips: bool = True  # whether it can be turned off and on again


def variable(text):
    return f"[[consent.layers]]\n{text}\n"


def of_env(name, means):
    return lambda env, home, data: means(env[name]) if name in env else None


def folded(off=(), on=(), other=None):
    def means(value):
        word = value.strip().casefold()
        return False if word in off else True if word in on else other if word else None

    return means


DISABLED = 'kind = "switch"\nvariable = "KETTLE_DISABLED"\n'


def file(text, *, where=None, path="settings.json", kind="json"):
    lines = f'kind = "file"\npath = "{path}"\nformat = "{kind}"\n{text}\n'
    return variable(lines + (f'where = "{where}"\n' if where else ""))


def kept_in(directory, path, read, means):
    """A layer that reads a file. What it cannot read is off; ``read`` gives None for nothing."""

    def layer(env, home, data):
        try:
            text = (directory(env, home, data) / path).read_text()
        except OSError:
            return None
        try:
            value = read(text)
        except Exception:
            return False
        return None if value is None else means(value)

    return layer


def in_data(env, home, data):
    return data


def in_home(env, home, data):
    return home


def in_xdg(env, home, data):
    return Path(env.get("XDG_CONFIG_HOME") or home / ".config")


def nested(*path, parse=json.loads):
    """The value at a path; where a table should be and is none, it raises."""

    def read(text):
        inner = parse(text)
        if not isinstance(inner, dict):
            raise TypeError
        for name in path:
            if inner is None:
                return None
            if not isinstance(inner, dict):
                raise TypeError
            inner = inner.get(name)
        return inner

    return read


def strictly(value):
    return value is True


def ini(text):
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(text)
    return parser.get("telemetry", "enabled", fallback=None)


def rc(text):
    value = None
    for line in filter(None, map(str.strip, text.splitlines())):
        name, equals, said = line.partition("=")
        if not equals:
            raise ValueError(line)
        value = said.strip() if name.strip() == "telemetry" else value
    return value


def word(value):
    return value.strip().casefold() == "true"


def yaml_table(text):
    content = yaml.safe_load(text)
    return {} if content is None else content


NESTED = nested("telemetry", "enabled")
FORMS = {
    "any value is off": Form(
        variable('kind = "kill_switch"\nvariable = "KETTLE_QUIET"\nunset = []'),
        "KETTLE_QUIET",
        of_env("KETTLE_QUIET", lambda value: False if value else None),
        {"C1": of_env("KETTLE_QUIET", lambda value: False if value == "1" else None)},
    ),
    "any value is off, nothing too": Form(
        variable(
            'kind = "kill_switch"\nvariable = "KETTLE_QUIET"\nunset = []\nempty_is_off = true'
        ),
        "KETTLE_QUIET",
        of_env("KETTLE_QUIET", lambda value: False),
        {"C1": of_env("KETTLE_QUIET", lambda value: False if value else None)},
    ),
    "off but for a few words": Form(
        variable(
            'kind = "kill_switch"\nvariable = "KETTLE_QUIET"\nunset = ["0", "false"]\nfolded = true'
        ),
        "KETTLE_QUIET",
        of_env(
            "KETTLE_QUIET", lambda v: None if v.strip().lower() in ("", "0", "false") else False
        ),
        {"C1": of_env("KETTLE_QUIET", lambda value: False if value == "1" else None)},
    ),
    "negated": Form(
        variable(DISABLED + 'off = ["1", "true", "yes"]'),
        "KETTLE_DISABLED",
        of_env("KETTLE_DISABLED", folded(off=("1", "true", "yes"))),
        {
            "C1": of_env("KETTLE_DISABLED", folded(off=("0", "false"))),
            "C8": of_env(
                "KETTLE_DISABLED", lambda v: False if v.lower() in ("1", "true", "yes") else None
            ),
        },
    ),
    "negated, and back on": Form(
        variable(DISABLED + 'off = ["1", "true"]\non = ["0", "false"]\noff_should = ["yes"]'),
        "KETTLE_DISABLED",
        of_env("KETTLE_DISABLED", folded(off=("1", "true", "yes"), on=("0", "false"))),
        {
            "C1": of_env("KETTLE_DISABLED", lambda value: not value),
            "C8": of_env("KETTLE_DISABLED", folded(off=("1", "true"), on=("0", "false"))),
        },
    ),
    "only one word is on": Form(
        variable('kind = "switch"\nvariable = "KETTLE_ON"\non = ["1"]\nother = "off"'),
        "KETTLE_ON",
        of_env("KETTLE_ON", lambda value: value.strip() == "1"),
        {"C1": of_env("KETTLE_ON", bool)},
        default="off",
    ),
    "compared as it is": Form(
        variable(
            'kind = "switch"\nvariable = "KETTLE_TELEMETRY"\nexact = true\n'
            'off = ["off"]\non = ["on"]'
        ),
        "KETTLE_TELEMETRY",
        of_env("KETTLE_TELEMETRY", folded(off=("off",), on=("on",))),
        {
            "C1": of_env("KETTLE_TELEMETRY", lambda value: value == "on"),
            "C8": of_env("KETTLE_TELEMETRY", {"on": True, "off": False}.get),
        },
    ),
    "nested key": Form(
        file('key = "telemetry.enabled"'),
        "settings.json",
        kept_in(in_data, "settings.json", NESTED, strictly),
        {
            "C1": kept_in(in_data, "settings.json", nested("telemetry.enabled"), strictly),
            "C7": kept_in(in_data, "settings.json", NESTED, lambda value: value is not False),
        },
    ),
    "key with a dot": Form(
        file("""key = '"telemetry.enabled"'"""),
        "settings.json",
        kept_in(in_data, "settings.json", nested("telemetry.enabled"), strictly),
        {"C1": kept_in(in_data, "settings.json", NESTED, strictly)},
    ),
    "inverted key": Form(
        file('key = "disableTelemetry"\non = [false]\noff = [true]'),
        "settings.json",
        kept_in(in_data, "settings.json", nested("disableTelemetry"), lambda v: v is False),
        {
            "C1": kept_in(in_data, "settings.json", nested("disableTelemetry"), strictly),
            "C7": kept_in(
                in_data, "settings.json", nested("disableTelemetry"), lambda v: v is not True
            ),
        },
    ),
    "words in a file": Form(
        file('key = "level"\non = ["all", "errors"]\noff = ["off"]'),
        "settings.json",
        kept_in(in_data, "settings.json", nested("level"), lambda v: v in ("all", "errors")),
        {
            "C1": kept_in(in_data, "settings.json", nested("level"), lambda v: v == "all"),
            "C7": kept_in(in_data, "settings.json", nested("level"), lambda v: v != "off"),
        },
    ),
    "YAML in XDG's directory": Form(
        file(
            'key = "telemetry.enabled"', where="xdg_config", path="kettle/config.yaml", kind="yaml"
        ),
        "kettle/config.yaml",
        kept_in(
            in_xdg, "kettle/config.yaml", nested("telemetry", "enabled", parse=yaml_table), strictly
        ),
        {
            "C1": kept_in(
                lambda env, home, data: home / ".config",
                "kettle/config.yaml",
                nested("telemetry", "enabled", parse=yaml_table),
                strictly,
            ),
            "C7": kept_in(
                in_xdg,
                "kettle/config.yaml",
                nested("telemetry", "enabled", parse=yaml_table),
                lambda value: (value != "false" and bool(value)) or value == "false",
            ),
        },
    ),
    "TOML in the home": Form(
        file('key = "telemetry.enabled"', where="home", path=".kettle/config.toml", kind="toml"),
        ".kettle/config.toml",
        kept_in(
            in_home,
            ".kettle/config.toml",
            nested("telemetry", "enabled", parse=tomllib.loads),
            strictly,
        ),
        {
            "C1": kept_in(
                in_data,
                ".kettle/config.toml",
                nested("telemetry", "enabled", parse=tomllib.loads),
                strictly,
            ),
            "C7": kept_in(
                in_home,
                ".kettle/config.toml",
                nested("telemetry", "enabled", parse=tomllib.loads),
                bool,
            ),
        },
    ),
    "INI": Form(
        file('key = "telemetry.enabled"', path="kettle.ini", kind="ini"),
        "kettle.ini",
        kept_in(in_data, "kettle.ini", ini, word),
        {"C1": kept_in(in_data, "kettle.ini", ini, bool)},
    ),
    "rc in the home": Form(
        file('key = "telemetry"', where="home", path=".kettlerc", kind="rc"),
        ".kettlerc",
        kept_in(in_home, ".kettlerc", rc, word),
        {"C1": kept_in(in_home, ".kettlerc", rc, lambda value: value != "0")},
    ),
    "a word in a plain file": Form(
        file('off = ["off"]\non = ["on"]', path="telemetry", kind="plain"),
        "telemetry",
        kept_in(in_data, "telemetry", str, lambda value: value.strip() == "on"),
        {
            "C1": kept_in(in_data, "telemetry", str, bool),
            "C7": kept_in(in_data, "telemetry", str, lambda value: value.strip() != "off"),
        },
    ),
    "a file that is there": Form(
        file('present = "off"', where="home", path=".kettle_no_telemetry", kind="plain"),
        ".kettle_no_telemetry",
        lambda env, home, data: False if (home / ".kettle_no_telemetry").exists() else None,
        {"C1": kept_in(in_home, ".kettle_no_telemetry", str, lambda value: not value.strip())},
    ),
}


#: What a person types: it writes a word into a file of its own.
TELEMETRY = """
import pathlib, sys
pathlib.Path.home().joinpath(".kettle-telemetry").write_text(sys.argv[1])
"""


def command(*words):
    lines = ['kind = "command"', 'name = "kettle telemetry"']
    for one in words:
        argv = [sys.executable, "-S", "-c", TELEMETRY, one]
        lines.append(f"{one} = {json.dumps(argv)}")
    return variable("\n".join(lines))


REMEMBERED = ".kettle-telemetry"
OBEYED = kept_in(in_home, REMEMBERED, str, lambda value: value == "on")


def once(layer):
    """The same, asked once for each home: what is decided later is never noticed."""
    known = {}

    def first(env, home, data):
        if home not in known:
            known[home] = layer(env, home, data)
        return known[home]

    return first


FORMS |= {
    "a command": Form(
        command("off", "on"),
        "kettle telemetry",
        OBEYED,
        {
            "C1": kept_in(in_data, REMEMBERED, str, lambda value: value == "on"),
            "C2": kept_in(in_home, REMEMBERED, str, lambda value: value in ("on", "off")),
            "C3": once(OBEYED),
        },
    ),
    "a command that only turns it off": Form(
        command("off"),
        "kettle telemetry",
        OBEYED,
        {"C1": kept_in(in_home, REMEMBERED, str, bool)},
        flips=False,
    ),
    "a command that opts in": Form(
        command("off", "on"),
        "kettle telemetry",
        OBEYED,
        {"C1": kept_in(in_home, REMEMBERED, str, lambda value: value == "off")},
        default="off",
    ),
}


def keeps(format_, path, parse, write):
    """Reads the install id at ``install.id``, or makes one and writes it beside what is there."""

    def id_of(home, data):
        file = data / path
        content = parse(file.read_text()) if file.exists() else {}
        install = content.setdefault("install", {})
        if not _version_4(install.get("id")):
            install["id"] = str(uuid.uuid4())
            file.write_text(write(content))
        return install["id"]

    return id_of


def _version_4(text):
    try:
        return uuid.UUID(text).version == 4
    except (AttributeError, TypeError, ValueError):
        return False


def test_an_install_id_in_a_table_of_the_file_is_kept_beside_the_decision(kettle, chain):
    toml = file('key = "telemetry.enabled"\ninstall_id = "install.id"')
    layers = {"settings.json": FORMS["nested key"].right}
    sound = keeps("json", "settings.json", json.loads, json.dumps)
    broken, fired = judged(chain(toml), kettle(layers, default=True, id_of=sound))
    assert not broken
    assert "C6" in fired
    drops = keeps("json", "settings.json", lambda _: {}, json.dumps)
    broken, _ = judged(chain(toml), kettle(layers, default=True, id_of=drops))
    assert "C6" in broken


def test_an_install_id_in_yaml_is_kept_beside_the_decision(kettle, chain):
    toml = file('key = "telemetry.on"\ninstall_id = "install.id"', path="k.yaml", kind="yaml")
    read = nested("telemetry", "on", parse=yaml_table)
    layers = {"k.yaml": kept_in(in_data, "k.yaml", read, strictly)}
    sound = keeps("yaml", "k.yaml", yaml_table, yaml.safe_dump)
    broken, fired = judged(chain(toml), kettle(layers, default=True, id_of=sound))
    assert not broken
    assert "C6" in fired


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_the_right_pipeline_passes_and_every_control_fires(kettle, chain, form):
    layers = {form.name: form.right}
    adapter = kettle(layers, default=form.default == "on")
    broken, fired = judged(chain(form.toml, form.default), adapter, flips=form.flips)
    assert not broken
    changed = {"C3", "C4", "C11"} if form.flips else set()
    assert {"C1", "C2", "C10", *changed, *({"C7", "C8"} & set(form.wrong))} <= fired


WRONG = [(name, clause) for name, form in FORMS.items() for clause in form.wrong]


@pytest.mark.parametrize(("name", "clause"), WRONG)
def test_the_wrong_one_is_found_by_its_clause(kettle, chain, name, clause):
    form = FORMS[name]
    adapter = kettle({form.name: form.wrong[clause]}, default=form.default == "on")
    broken, _ = judged(chain(form.toml, form.default), adapter, flips=form.flips)
    assert clause in broken
