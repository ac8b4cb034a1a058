"""A report as SARIF 2.1.0, which code scanning shows beside the lines of a change.

Rule 1: one result for each finding, in the report's order, then one for each of the news, and
nothing else is one. What counts without a finding, as a clause that could not be judged, is a
notification.
Rule 2: a MUST clause is an error, a SHOULD clause a warning unless the run is strict, and an INFO
clause a note, as they count for the exit code. News, which fail nothing, are notes.
Rule 3: paths are below the working directory, which is ``%SRCROOT%``; none is absolute.
Rule 4: equal findings of two runs have equal fingerprints: an alert stays the same alert.
Rule 5: what was observed is text and nothing else: the standard makes links of ``[a](b)`` and has
arguments for ``{0}``, so a blank parts the one and the braces of the other are doubled.

The properties that are filled in are those of the OASIS standard with errata 01; GitHub's code
scanning asks for the rules, the locations and ``partialFingerprints``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from payloadproof.clauses.clause import Clause, every_clause, named
from payloadproof.evidence.quoting import safe
from payloadproof.outcome.model import ClauseVerdict, Report, ReportedFinding
from payloadproof.report.as_json import document
from payloadproof.report.places import Place, Places
from payloadproof.report.severity import severity

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_ROOT = "%SRCROOT%"


def sarif(report: Report) -> bytes:
    """The document, in UTF-8: one log with one run."""
    report = safe(report)
    places = Places(report)
    clauses = every_clause()
    named_in = [one.clause for one in report.verdicts]
    named_in += [one.clause for one in (*report.findings, *report.news)]
    ids = [*dict.fromkeys(named_in)]
    number = {clause: index for index, clause in enumerate(ids)}
    run = {
        "tool": {
            "driver": {
                "name": "payloadproof",
                "version": report.payloadproof,
                "rules": [_rule(one, clauses[one], report) for one in ids],
            }
        },
        "automationDetails": {"id": f"payloadproof/{report.command}/"},
        "invocations": [
            {
                "executionSuccessful": report.exit_code != 2,  # noqa: PLR2004 - there is no result
                "exitCode": report.exit_code,
                "toolExecutionNotifications": [*_notifications(report, number)],
            }
        ],
        "columnKind": "unicodeCodePoints",
        "results": [
            *(_result(one, report, places, number) for one in report.findings),
            *(_result(one, report, places, number, news=True) for one in report.news),
        ],
        "properties": {
            "implementation": f"{report.implementation.name} {report.implementation.version}",
            "contract": places.contract or report.contract.rpartition("/")[2],
            "scenarios": report.scenarios,
            "seconds": report.seconds,
            "seed": report.seed,
            "masked": report.masked,
            "corpus": [{"file": one.file, "state": one.state} for one in report.corpus],
        },
    }
    return document({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(name: str, clause: Clause, report: Report) -> dict[str, Any]:
    return {
        "id": name,
        "name": "".join(word.capitalize() for word in clause.name.split()),
        "shortDescription": _message(named(name)),
        "fullDescription": _message(clause.text),
        "help": _message(f"{clause.text}\nsource: {clause.source}\ncontrol: {clause.control}"),
        "defaultConfiguration": {"level": severity(clause.level, report)},
        "properties": {"tags": [clause.family, clause.level]},
    }


def _result(
    finding: ReportedFinding,
    report: Report,
    places: Places,
    index: dict[str, int],
    *,
    news: bool = False,
) -> dict[str, Any]:
    locations = [_location(place) for place in places.all(finding)]
    result: dict[str, Any] = {
        "ruleId": finding.clause,
        "ruleIndex": index[finding.clause],
        "level": "note" if news else severity(every_clause()[finding.clause].level, report),
        "message": _message(f"{named(finding.clause)}: {finding.message}"),
        "partialFingerprints": {"payloadproof/v1": _fingerprint(finding)},
        "properties": {
            "expected": finding.expected,
            "observed": finding.observed,
            "evidence": finding.evidence,
            "definite": finding.definite,
            "replay": finding.file,
            "news": news,
        },
    }
    if locations:
        result["locations"] = locations[:1]
    if locations[1:]:
        result["relatedLocations"] = [
            {"id": number, **location} for number, location in enumerate(locations[1:], start=1)
        ]
    return result


def _message(said: str) -> dict[str, str]:
    literal = said.replace("{", "{{").replace("}", "}}")
    return {"text": literal.replace("](", "] (")}


def _location(place: Place) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(place.file), "uriBaseId": _ROOT},
            "region": {"startLine": place.line},
        }
    }


def _fingerprint(finding: ReportedFinding) -> str:
    said = f"{finding.clause}\n{finding.fingerprint or finding.message}"
    return hashlib.sha256(said.encode(errors="backslashreplace")).hexdigest()


def _notifications(report: Report, number: dict[str, int]) -> Iterator[dict[str, Any]]:
    """What counts and is no finding, and what a baseline has and the program no longer does."""
    for one in report.verdicts:
        if one.verdict != "failed" and report.counts(one):
            yield _notification(one, number)
    for entry in report.stale:
        yield {
            "level": "error",
            "message": _message(
                f"{named(entry.clause)}: the baseline accepts what is no longer seen:"
                f" {entry.fingerprint}"
            ),
        }


def _notification(verdict: ClauseVerdict, number: dict[str, int]) -> dict[str, Any]:
    why = verdict.reason or "it was not proved"
    return {
        "level": "error",
        "message": _message(f"{named(verdict.clause)}: {verdict.verdict}: {why}"),
        "associatedRule": {"id": verdict.clause, "index": number[verdict.clause]},
    }
