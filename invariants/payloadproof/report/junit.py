"""A report as JUnit XML: a test case for each clause, as CI servers show them.

Rule 1: a case fails only where the verdict counts. What is accepted, reported or unsteady, and a
SHOULD clause that fails in a run that is not strict, is skipped and says so: its message begins
with the verdict, by the name that it has everywhere.
Rule 2: a clause that could not be judged is skipped with the reason. The exit code can be 1 all the
same: a MUST clause that the adapter does not support counts there, unless it is allowed to.
Rule 3: a case is called by its clause's id and name, and by nothing that a run changes: a server
keeps the history of a case by its name.
Rule 4: times add up. Clauses are judged on the same scenarios, and none has a time of its own: the
run's is shared out by the number of scenarios that each was judged on.
Rule 5: a scenario of the corpus is a case of its own, by its file's name; one that fails does so
where its clause counts. News are skipped, since they fail nothing.
Rule 6: ``file`` is where to begin to mend: the place of the first finding, else the contract.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

from payloadproof.clauses.clause import every_clause, named
from payloadproof.evidence.quoting import safe
from payloadproof.outcome.model import ClauseVerdict, Report
from payloadproof.report.places import Places
from payloadproof.report.terminal import finding_text
from payloadproof.syntax.printable import printable


def junit(report: Report) -> bytes:
    """The document, in UTF-8."""
    report = safe(report)
    places = Places(report)
    cases = [_case(one, report, places) for one in report.verdicts]
    cases += [*_corpus(report), *_news(report), *_stale(report)]
    outcomes = [child.tag for case in cases for child in case]
    totals = {
        "name": "payloadproof",
        "tests": str(len(cases)),
        "failures": str(outcomes.count("failure")),
        "errors": str(outcomes.count("error")),
        "time": _seconds(report.seconds),
    }
    suite = ET.Element("testsuite", totals, skipped=str(outcomes.count("skipped")))
    properties = ET.SubElement(suite, "properties")
    for name, value in (
        ("payloadproof", report.payloadproof),
        ("implementation", f"{report.implementation.name} {report.implementation.version}"),
        ("adapter", report.adapter),
        ("contract", report.contract),
        ("profile", report.profile),
        ("seed", report.seed),
    ):
        if value is not None:
            ET.SubElement(properties, "property", name=name, value=_speakable(str(value)))
    suite.extend(cases)
    root = ET.Element("testsuites", totals)
    root.append(suite)
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _case(verdict: ClauseVerdict, report: Report, places: Places) -> ET.Element:
    clause = every_clause()[verdict.clause]
    judged = sum(one.scenarios for one in report.verdicts)
    case = ET.Element(
        "testcase",
        classname=f"payloadproof.{clause.family}",
        name=named(verdict.clause),
        time=_seconds(report.seconds * verdict.scenarios / judged if judged else 0.0),
    )
    every = (*report.findings, *report.unsteady)
    found = [one for one in every if one.clause == verdict.clause]
    first = next((place.file for one in found if (place := places(one))), places.contract)
    if first:
        case.set("file", _speakable(first))
    reason = verdict.reason or verdict.verdict
    match verdict.verdict:
        case "passed":
            pass
        case "failed" | "reported" | "unsteady" as said:
            summary = f"{verdict.level}: {'; '.join(one.message for one in found)}"
            detail = "\n".join(finding_text(one, masked=report.masked) for one in found)
            if report.counts(verdict):
                kind = "finding" if said == "failed" else said
                _outcome(case, "failure", summary, detail, kind=kind)
            else:
                _outcome(case, "skipped", f"{said}, but does not fail the run: {summary}", detail)
        case "vacuous" if report.counts(verdict):
            _outcome(case, "failure", reason, kind="vacuous")
        case "errored":
            _outcome(case, "error", reason, kind="errored")
        case other:
            _outcome(case, "skipped", f"{other.replace('_', ' ')}: {reason}")
    return case


def _corpus(report: Report) -> Iterator[ET.Element]:
    """The files that were there when the run began; what it added is a finding of its own."""
    counting = {one.clause for one in report.verdicts if report.counts(one)}
    for one in report.corpus:
        if one.state == "added":
            continue
        name = f"{named(one.clause)}, {Path(one.file).name}"
        case = ET.Element(
            "testcase", classname="payloadproof.corpus", name=_speakable(name), time="0.000"
        )
        case.set("file", _speakable(one.file))
        counts = one.clause in counting and not one.news
        why = f": {one.reason}" if one.reason else ""
        if one.state == "failed" and counts:
            _outcome(case, "failure", "the kept scenario still breaks its clause", kind="finding")
        elif one.state != "fixed":
            _outcome(case, "skipped", f"{one.state.replace('_', ' ')}{why}")
        yield case


def _news(report: Report) -> Iterator[ET.Element]:
    for one in report.news:
        name = f"{named(one.clause)}, news {_digest(one.fingerprint or one.message)}"
        case = ET.Element("testcase", classname="payloadproof.news", name=name, time="0.000")
        detail = finding_text(one, masked=report.masked)
        _outcome(case, "skipped", f"news, which fail nothing: {one.message}", detail)
        yield case


def _digest(said: str) -> str:
    return hashlib.sha256(said.encode(errors="backslashreplace")).hexdigest()[:8]


def _stale(report: Report) -> list[ET.Element]:
    cases = []
    for entry in report.stale:
        name = f"{named(entry.clause)}, accepted {_digest(entry.fingerprint)}"
        case = ET.Element("testcase", classname="payloadproof.baseline", name=name, time="0.000")
        message = "the baseline accepts this finding, but it is no longer seen: delete the entry"
        _outcome(case, "failure", message, entry.fingerprint, kind="stale")
        cases.append(case)
    return cases


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"


def _outcome(case: ET.Element, tag: str, message: str, text: str = "", kind: str = "") -> None:
    child = ET.SubElement(case, tag, message=_speakable(message))
    if kind:
        child.set("type", kind)
    # Drawn for a terminal, lines are filled up with blanks.
    child.text = "\n".join(line.rstrip() for line in _speakable(text).split("\n")) or None


def _speakable(text: str) -> str:
    """What XML cannot hold, not even escaped, is among what is not printable."""
    return printable(text, lines=True)
