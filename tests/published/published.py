"""What is said of published programs that send to PostHog, from outside and by their contracts?

``nox -s programs`` runs it. Each program is installed as published and used by a driver of ours, or
by its own command; nothing in it is changed. ``payloadproof record`` judges one use by the
program's contract in docs/examples/programs: what may be sent; ``payloadproof probe`` judges many:
under which consent, to whom, of whom, and what a bad network does. What is found is compared with
``known.toml``, where a person has judged each finding: one that is new fails the run, and so does
one that is gone. What was recorded is thrown away: it is the program's, not ours.
Exit codes: 0 as judged, 1 not so, 2 error.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "blackbox"))
from packages import Cache, FetchError

from payloadproof.clauses.clause import every_clause

HERE = Path(__file__).parent
KNOWN = tomllib.loads((HERE / "known.toml").read_text())
#: What a package asks for within a range is what there was then. Later than all of known.toml.
BEFORE = "2026-11-28"
QUICK_S, WHOLE_S = 300, 1800  # no probe takes longer
END_S = 20
CONTROL = "as it is"  # the run that every probe makes
CONTRACTS = Path(__file__).parents[2] / "docs" / "examples" / "programs"
PROBE = (sys.executable, "-m", "payloadproof", "probe")
RECORD = (sys.executable, "-m", "payloadproof", "record")
BILL = (sys.executable, "-m", "payloadproof", "bill")
RECORD_S = 120
INSTALLS = 10_000
#: What stands for a probe's placeholders where nobody looks for them.
WORDS = {"{secret}": "a-word-of-mine", "{path}": "notes", "{email}": "me", "{prompt}": "tea"}
_TIMES = re.compile(r", [0-9,]+ times$")
_SPOKEN_TO = re.compile(r"^(\S+) is spoken to$")
_KEY = re.compile(r', key ("[^"]*")')


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--cache", type=Path, required=True, help="for packages")
    options.add_argument("--whole", action="store_true", help="every run, not the quick ones alone")
    options.add_argument("names", nargs="*", help=f"of {', '.join(KNOWN)}")
    given = options.parse_args()
    names = given.names or [one for one in KNOWN if given.whole or "quick" in KNOWN[one]]
    unknown = sorted(set(names) - KNOWN.keys())
    if unknown:
        options.error(f"not in known.toml: {', '.join(unknown)}; there are {', '.join(KNOWN)}")
    given.cache.mkdir(parents=True, exist_ok=True)
    cache = Cache(given.cache.absolute(), BEFORE)
    try:
        places = {name: installed(cache, name, KNOWN[name]) for name in names}
    except FetchError as problem:
        print(problem, file=sys.stderr)
        sys.exit(2)
    strange = []
    for name in names:
        strange += judged(name, KNOWN[name], places[name], whole=given.whole)
    print()
    for one in strange:
        print(f"NOT AS JUDGED: {one}")
    print(f"{len(names)} program(s), {len(strange)} thing(s) not as judged")
    sys.exit(bool(strange))


def installed(cache, name, known):
    """Where a program stands; it is fetched, and none of its installers is run."""
    what = f"{known['package']} {known['version']}"
    place = cache.root / f"{name}-{known['version']}"

    def fetch(into):
        if known["from"] == "npm":
            package = f"{known['package']}@{known['version']}"
            cache.run("npm", "install", "--ignore-scripts", "--prefix", ".", package, cwd=into)
            return
        python = str(into / "bin" / "python")
        cache.run("uv", "venv", "--relocatable", "--allow-existing", str(into), cwd=into)
        package = f"{known['package']}=={known['version']}"
        words = ("uv", "pip", "install", "--exclude-newer", BEFORE, "--python", python)
        cache.run(*words, package, cwd=into)

    cache.once(what, place, fetch)
    return place


def command(known, place):
    """What ``probe`` is told after ``--``; the first word of ``run`` is of the program's own."""
    first, *rest = known["run"]
    if known["from"] == "npm":
        return [str(place / "node_modules" / ".bin" / first), *rest]
    return [str(place / "bin" / "python"), str(HERE / "drivers" / first), *rest]


def judged(name, known, place, *, whole):
    """Record and probe one program; what is not as ``known.toml`` has it."""
    print(f"\n# {known['package']} {known['version']}", flush=True)
    quick = () if whole else tuple(known.get("quick", ()))
    words, contract = command(known, place), CONTRACTS / name / "contract.toml"
    began = time.monotonic()
    used = recorded(known, words, contract)
    found = {by_contract(one) for one in used["findings"]}
    report = probed(known, words, contract, quick, QUICK_S if quick else WHOLE_S)
    found |= {title(one) for one in report["findings"]}
    expected, sometimes = known_findings(known, quick), not_always(known)
    for one in sorted(found):
        print(f"- {one}\n    {expected.get(one, 'not judged yet').strip()}")
    print(f"{1 + report['scenarios']} runs in {time.monotonic() - began:.0f} s", flush=True)
    print(used["bill"], flush=True)
    return [f"{name}: {one}" for one in differences(expected, found, sometimes)]


def by_contract(finding):
    """A finding about what one use sent, as ``known.toml`` names it: without numbers of times.

    One that a probe has, too, is the same.
    """
    if finding.get("fingerprint"):
        return title(finding)
    clause = every_clause()[finding["clause"]]
    observed = _TIMES.sub("", finding["observed"])
    key = _KEY.search(" ".join(finding["evidence"][:1]))
    under = f" under {key[1]}" if key and key[1] not in observed else ""
    return f"{finding['clause']} {clause.name}: {observed}{under}"


def title(finding):
    """A finding as ``known.toml`` names it: the clause, and what is the same in every run."""
    clause = every_clause()[finding["clause"]]
    same = _SPOKEN_TO.sub(_unnamed, finding["fingerprint"])
    return f"{finding['clause']} {clause.name}: {same}"


def _unnamed(found):
    """A host by its digest: no registry's name stands in this repository."""
    return f"{hashlib.sha256(found[1].encode()).hexdigest()[:8]} is spoken to"


def known_findings(known, quick):
    """Judgements by the finding's title, of those that these runs can show; all without ``quick``.

    A finding that takes other runs than the first says which, as ``run``: the one that was asked
    for, and brought the others with it.
    """
    return {
        one["finding"]: one["because"]
        for one in known["judged"]
        if not quick or one.get("run", CONTROL) in (CONTROL, *quick)
    }


def not_always(known):
    """Titles of what a busy machine hides: a late end that is near the bound."""
    return {one["finding"] for one in known["judged"] if one.get("sometimes")}


def differences(expected, found, sometimes=frozenset()):
    """What a person has to look at: what is new, and what is gone."""
    new = [f"not judged yet: {one}" for one in sorted(found - expected.keys())]
    gone = sorted(expected.keys() - found - sometimes)
    return new + [f"no longer found: {one}" for one in gone]


def recorded(known, words, contract):
    """The report of one use, judged by the contract, and what it would cost, as ``bill``."""
    with tempfile.TemporaryDirectory() as scratch:
        place, out, report = (Path(scratch) / one for one in ("work", "used.jsonl", "report.json"))
        place.mkdir()
        for given in known.get("file", ()):
            name, _, text = given.partition("=")
            (place / name).write_text(_filled(text))
        about = dict(given.split("=", 1) for given in known.get("record_set", ()))
        about |= dict(given.split("=", 1) for given in known.get("set", ()))
        told = ["--isolate", "--scratch", "--out", str(out), "--report", f"json={report}"]
        words = [_filled(word) for word in words]
        said = subprocess.run(
            [*RECORD, "--contract", str(contract), *told, "--", *words],
            cwd=place,
            env={**os.environ, **about},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=RECORD_S,
            check=False,
            text=True,
        )
        if said.returncode not in (0, 1) or not report.exists():
            print(f"no report: the recording's exit code is {said.returncode}", file=sys.stderr)
            print(said.stdout, file=sys.stderr)
            sys.exit(2)
        return {**json.loads(report.read_text()), "bill": billed(out)}


def billed(recording):
    """What a month costs the maker where so many installs use it so, once a day."""
    words = [*BILL, "--installs", str(INSTALLS), "--days", "1", "--format", "json", str(recording)]
    said = subprocess.run(words, stdout=subprocess.PIPE, check=True, text=True).stdout
    bill = json.loads(said)
    low, likely, high = bill["total"]
    events, identified = (bill["counts"][meter][1] for meter in ("events", "identified"))
    return (
        f"a month of {INSTALLS:,} installs: {events:,.0f} events, {identified:,.0f} of them"
        f" identified; ${likely:,.0f}, from ${low:,.0f} to ${high:,.0f}"
    )


def _filled(text):
    for placeholder, word in WORDS.items():
        text = text.replace(placeholder, word)
    return text


def probed(known, words, contract, quick, most_s):
    """The report of a probe."""
    options = ["--off", known["off"], "--contract", str(contract)]
    for option in ("set", "file"):
        for given in known.get(option, ()):
            options += [f"--{option}", given]
    for run in quick:
        options += ["--only", run]
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.json"
        told = ["--report", f"json={report}"]
        with subprocess.Popen(
            [*PROBE, *options, *told, "--", *words], env={**os.environ, "COLUMNS": "120"}
        ) as running:
            try:
                running.wait(most_s)
            except subprocess.TimeoutExpired:
                print(f"not done within {most_s} s: ended", file=sys.stderr)
                _end(running)
        if running.returncode not in (0, 1) or not report.exists():
            print(f"no report: the probe's exit code is {running.returncode}", file=sys.stderr)
            sys.exit(2)
        return json.loads(report.read_text())


def _end(running):
    """As Ctrl-C would, so that it takes down what it has begun; the hard way where it does not."""
    running.send_signal(signal.SIGINT)
    try:
        running.wait(END_S)
    except subprocess.TimeoutExpired:
        running.kill()


if __name__ == "__main__":
    main()
