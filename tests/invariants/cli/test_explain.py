"""``payloadproof explain``: a clause, for somebody who met its id in a report."""

import json
import re
from collections import Counter

import pytest
from click.testing import CliRunner

from payloadproof.clauses.clause import FAMILIES, every_clause, named
from payloadproof.cli import main
from payloadproof.cli.shared import OUT
from payloadproof.outcome.model import ClauseVerdict, Report, ReportedFinding
from payloadproof.protocol.messages import Implementation
from payloadproof.report.terminal import as_text, finding_text

SENTENCE = re.compile(r"""[A-Z`$].*[^.!?][.!?]["')]?""", re.DOTALL)


def told(*words):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OUT, "_width", 1000)  # a sentence stays in one line
        done = CliRunner().invoke(main, ["explain", *words])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def wrong_with(text):
    """What a text for people lacks."""
    if len(text.split()) < 6:
        yield "it is too short to say anything"
    if not SENTENCE.fullmatch(text):
        yield "it is not in whole sentences"
    for one in every_clause():
        for found in re.finditer(rf"(?<![\w.-]){one}(?![\w-])", text):
            if not text.startswith(named(one), found.start()):
                yield f"{one} stands without its name"


@pytest.mark.parametrize("clause", every_clause())
@pytest.mark.parametrize("what", ["broken", "mend"])
def test_every_clause_has_an_example_that_breaks_it_and_a_mend(clause, what):
    assert [*wrong_with(getattr(every_clause()[clause], what))] == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Too short.",
        "the first letter of this sentence is small.",
        "This sentence of some length does not end",
        "This one trails off after some words and so on..",
        "This sentence of some length names A7 alone.",
    ],
)
def test_a_text_that_will_not_do_is_seen(text):
    assert [*wrong_with(text)]


def test_no_two_clauses_share_a_text():
    texts = Counter(text for c in every_clause().values() for text in (c.broken, c.mend))
    assert [text for text, times in texts.items() if times > 1] == []


@pytest.mark.parametrize("clause", every_clause())
def test_all_that_is_known_of_a_clause_is_told(clause):
    done = told(clause)
    its = every_clause()[clause]
    assert done.exit_code == 0
    assert done.stdout.startswith(f"{named(clause)}  ({its.level}: ")
    for text in (its.text, its.source, its.broken, its.mend, its.control):
        assert f"  {text}\n" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("next: payloadproof ")


@pytest.mark.parametrize(
    "words",
    [
        ("a7",),
        ("A7",),
        (" a7 ",),
        ("planted secrets",),
        ("Planted", "Secrets"),
        ("A7 planted secrets",),
        ("planted",),
    ],
)
def test_a_clause_is_found_by_its_id_and_by_its_name(words):
    done = told(*words)
    assert done.exit_code == 0
    assert done.stdout.startswith("A7 planted secrets  (MUST")


def test_several_ids_are_explained_one_after_the_other():
    for words in (("A7", "c4", "A7"), ("A7,c4",)):
        done = told(*words)
        titles = [line for line in done.stdout.splitlines() if line.endswith("fails the run)")]
        assert [line.split()[0] for line in titles] == ["A7", "C4"]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_is_listed(family):
    mine = [one for one, clause in every_clause().items() if clause.family == family]
    done = told(family.upper())
    assert done.exit_code == 0
    assert [line for line in mine if f"  {named(line)} " not in done.stdout] == []
    assert f"next: payloadproof explain {mine[0]}\n" in done.stdout


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("A99",), "A9 two people"),
        (("a0",), "did you mean A1"),
        (("A7", "Z9"), "'Z9'"),
        (("secrets",), "A7 planted secrets, E1 secrets in errors"),
        (("planted secretz",), "A7 planted secrets"),
        (("concent",), "the family consent"),
        (("",), "families: silence, consent"),
        (("\x1b[31m\u202e",), "run payloadproof clauses to list them all"),
    ],
)
def test_what_is_unknown_gets_help_and_exit_code_2(words, meant):
    for more in ((), ("--format", "json")):
        done = told(*words, *more)
        assert (done.exit_code, done.stdout) == (2, "")
        assert meant in done.stderr
        assert "\x1b" not in done.stderr


def test_nothing_at_all_gets_the_usage():
    done = told()
    assert done.exit_code == 2
    assert "Missing argument" in done.stderr


def test_json_has_an_entry_for_each_id():
    document = json.loads(told("c4", "D1", "--format", "json").stdout)
    assert [*document] == ["C4", "D1"]
    assert document["C4"]["sections"] == ["Consent module"]
    assert document["C4"]["broken"] == every_clause()["C4"].broken
    assert document["D1"]["judged_by"] == ["probe"]
    family = json.loads(told("consent", "--format", "json").stdout)
    assert [*family] == [one for one, c in every_clause().items() if c.family == "consent"]


def finding(clause):
    return ReportedFinding(
        clause=clause,
        message="m",
        expected="e",
        observed="o",
        evidence=("request 1",),
        definite=True,
        shrunk=True,
    )


def report(command, *ids):
    verdicts = [
        ClauseVerdict(
            clause=one, level="MUST", verdict="failed", scenarios=1, controls=1, findings=1
        )
        for one in ids
    ]
    return Report(
        payloadproof="1",
        command=command,
        implementation=Implementation(name="door", version="1", language="python"),
        adapter="direct:a:B",
        contract="claude_mem",
        profile="quick",
        seed=7,
        seconds=1.0,
        scenarios=1,
        verdicts=tuple(verdicts),
        findings=tuple(finding(one) for one in ids),
    )


def more(text):
    return [line for line in text.splitlines() if line.startswith("more: ")]


def test_a_finding_ends_with_where_its_clause_is_explained():
    assert finding_text(finding("A7")).splitlines()[-1] == "more: payloadproof explain A7"
    whole = as_text(report("check", "A7", "C4", "C4"), verbose=True)
    assert Counter(more(whole)) == {
        "more: payloadproof explain A7": 1,
        "more: payloadproof explain C4": 2,
    }


@pytest.mark.parametrize("command", ["check", "audit", "probe", "record"])
def test_a_brief_report_says_it_once(command):
    found = more(as_text(report(command, "A7", "I4")))
    assert len(found) == 1
    assert found[0] in ("more: payloadproof explain A7", "more: payloadproof explain I4")
    assert more(as_text(report(command))) == []
