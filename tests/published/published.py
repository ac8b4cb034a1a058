"""What is said of published programs that send to PostHog, by ``payloadproof probe`` alone?

``nox -s programs`` runs it. Each program is installed as published and used by a driver of ours, or
by its own command; nothing in it is changed. What is found is compared with ``known.toml``, where a
person has judged each finding: one that is new fails the run, and so does one that is gone.
Exit codes: 0 as judged, 1 not so, 2 error.
"""

from __future__ import annotations

import argparse
import json
import os
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
PROBE = (sys.executable, "-m", "payloadproof", "probe")


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--cache", type=Path, required=True, help="for packages")
    options.add_argument("--whole", action="store_true", help="every run, not the quick ones alone")
    options.add_argument("names", nargs="*", help=f"of {', '.join(KNOWN)}")
    given = options.parse_args()
    names = given.names or [name for name, known in KNOWN.items() if "quick" in known]
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
    """Probe one program; what is not as ``known.toml`` has it."""
    print(f"\n# {known['package']} {known['version']}", flush=True)
    quick = () if whole else tuple(known["quick"])
    began = time.monotonic()
    report = probed(known, command(known, place), quick, WHOLE_S if whole else QUICK_S)
    found = {title(one) for one in report["findings"]}
    expected = known_findings(known, quick)
    for one in sorted(found):
        print(f"- {one}\n    {expected.get(one, 'not judged yet').strip()}")
    print(f"{report['scenarios']} runs in {time.monotonic() - began:.0f} s", flush=True)
    return [f"{name}: {one}" for one in differences(expected, found)]


def title(finding):
    """A finding as ``known.toml`` names it: the clause, and what is the same in every run."""
    clause = every_clause()[finding["clause"]]
    return f"{finding['clause']} {clause.name}: {finding['fingerprint']}"


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


def differences(expected, found):
    """What a person has to look at: what is new, and what is gone."""
    new = [f"not judged yet: {one}" for one in sorted(found - expected.keys())]
    return new + [f"no longer found: {one}" for one in sorted(expected.keys() - found)]


def probed(known, words, quick, most_s):
    """The report of a probe."""
    options = ["--off", known["off"]]
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
