"""The page of a report: what it says first, and that nothing in it acts."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import msgspec
import pytest
from click.testing import CliRunner

from payloadproof.billing.meter import Metered
from payloadproof.clauses.clause import clauses, every_clause, named
from payloadproof.cli import main
from payloadproof.evidence.surface import SeenEvent, SeenProperty, Surface
from payloadproof.outcome.accepted import Entry, today
from payloadproof.outcome.answers import DiffAnswer, Difference
from payloadproof.outcome.gate import CorpusFile, Drawn
from payloadproof.outcome.mapped import MapCell
from payloadproof.outcome.model import VERDICTS, ClauseVerdict
from payloadproof.outcome.ran import Ran, Spoken
from payloadproof.report.page.handed_on import called, handed_on
from payloadproof.report.page.page import as_html, compared
from payloadproof.report.terminal import as_text

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "</style><style>*{display:none}",
    '" onmouseover="alert(1)',
    "' onfocus='alert(1)' autofocus='",
    "`${alert(1)}` {{ 7 * 7 }} {% raw %}",
    "javascript:alert(1)",
    "a\u202eb\u2066c\x1b[2Jd\x00e\ud800f\u2028g",
    "<!--",
    "]]><svg onload=alert(1)>",
)
VOID = {"meta", "link", "br", "input", "rect", "circle", "line", "path"}
UNSEEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


class Read(HTMLParser):
    """Elements with their attributes, and the text of each, as a browser reads them."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.elements, self.texts, self.inside = [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.inside.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.inside.pop() == tag

    def handle_data(self, data):
        self.texts.append((self.inside[-1] if self.inside else "", data))

    @property
    def text(self):
        said = (text for within, text in self.texts if within not in ("style", "script"))
        return " ".join(" ".join(said).split())

    def all(self, tag):
        return [attrs for one, attrs in self.elements if one == tag]

    def content(self, tag):
        return "".join(text for within, text in self.texts if within == tag)


@pytest.fixture
def read(report_of):
    """The page of a report, read."""

    def make(*verdicts, given="", runs=(), runs_of_report=(), **also):
        also = {**also, "runs": runs_of_report} if runs_of_report else also
        return Read(as_html(report_of(*verdicts, **also), given=given, runs=runs).decode())

    return make


def verdict(clause, verdict="failed", findings=1, **also):
    level = every_clause()[clause].level
    settled = {"scenarios": 3, "controls": 1, "level": level, "findings": findings}
    return ClauseVerdict(clause=clause, verdict=verdict, **{**settled, **also})


def test_the_first_words_are_how_it_ended_and_what_to_do(read, reported):
    page = read(verdict("A7"), verdict("S2", "passed", 0), findings=(reported("f", clause="A7"),))
    first, _, rest = page.text.partition("Next:")
    assert "1 promise broken" in first
    assert rest.strip().startswith("fix A7 planted secrets; then run payloadproof check")
    assert page.text.index("1 promise broken") < page.text.index("Findings, the worst first")


@pytest.mark.parametrize(
    ("said", "tone", "words"),
    [
        ("passed", "good", "1 promise kept"),
        ("failed", "bad", "1 promise broken"),
        ("vacuous", "bad", "Not everything was proved"),
        ("errored", "unknown", "No result"),
    ],
)
def test_the_head_is_as_the_exit_code(read, said, tone, words):
    page = read(verdict("S1", said, 0))
    assert page.all("header")[0]["class"] == f"head {tone}"
    assert words in page.text


def test_the_head_counts_what_fails_no_run_apart(read):
    should = next(one for one, clause in clauses().items() if clause.level == "SHOULD")
    assert (
        "1 promise broken, and 1 that should be kept" in read(verdict("S1"), verdict(should)).text
    )


def test_the_worst_cause_stands_first_and_what_only_informs_last(read, reported):
    found = [reported(one, clause=one) for one in ("P3", "S1", "A7")]
    verdicts = (verdict("P3", "reported"), verdict("S1"), verdict("A7"))
    page = read(*verdicts, findings=tuple(found))
    cards = page.text.partition("Verdicts by family")[0]
    order = [cards.rindex(named(one)) for one in ("A7", "S1", "P3")]
    assert order == sorted(order)


def test_a_finding_has_its_sentence_what_was_expected_the_evidence_and_its_command(read, reported):
    found = msgspec.structs.replace(
        reported("f", clause="A1"),
        expected="only doors",
        observed="a window",
        evidence=("request 7 POST /batch/",),
        file=".payloadproof/failures/A1 x.json",
    )
    page = read(verdict("A1"), findings=(found,))
    its = every_clause()["A1"]
    for text in (its.text, its.mend, its.source, "only doors", "a window", "request 7 POST"):
        assert " ".join(text.split()) in page.text
    assert "payloadproof replay '.payloadproof/failures/A1 x.json'" in page.text


@pytest.mark.parametrize("said", VERDICTS)
@pytest.mark.parametrize("strict", [False, True])
def test_every_verdict_is_on_the_page_with_its_name_and_reason(read, said, *, strict):
    page = read(verdict("S1", said, 0, reason="it is so"), strict=strict)
    assert named("S1") in page.text
    assert said.replace("_", " ") in page.text
    assert ("it is so" in page.text) == (said not in ("passed", "failed", "reported"))


@pytest.fixture
def hostile(reported):
    """What a report says where everything in it is one text."""

    def make(text):
        seen = SeenProperty(times=2, kinds=("text",), values=(text,))
        event = SeenEvent(times=2, profile=(text,), days=1, properties={text: seen})
        found = msgspec.structs.replace(
            reported("f"),
            **dict.fromkeys(("message", "expected", "observed", "file", "fingerprint"), text),
            evidence=(text, f"request 1 POST /batch/, event {text}, key {text}"),
        )
        entry = Entry(clause="S1", fingerprint=text, reason=text, expires=today())
        return {
            "findings": (found,),
            "unsteady": (found,),
            "news": (found,),
            "notes": (text,),
            "accepted": (entry,),
            "stale": (entry,),
            "adapter": text,
            "contract": text,
            "profile": text,
            "collected": Surface(events={text: event}, requests=1, bytes=2, installs=1),
            "billed": Metered(events=1, apart={text: 1}),
        }

    return make


def inert(page, sound):
    """A page in which no text has become markup, by the elements of one whose texts are words."""
    raw, (page, sound) = page, (Read(page), Read(sound))
    assert not UNSEEN.search(raw)
    assert page.inside == []
    assert [tag for tag, _ in page.elements] == [tag for tag, _ in sound.elements]
    assert [sorted(attrs) for _, attrs in page.elements] == [
        sorted(attrs) for _, attrs in sound.elements
    ]
    assert page.content("script") == sound.content("script")
    assert page.content("style") == sound.content("style")
    for _, attrs in page.elements:
        assert not [name for name in attrs if name.startswith("on")]
        for name in ("href", "src", "xlink:href", "action"):
            assert re.fullmatch(r"#[\w-]+|data:,", attrs.get(name) or "#x")


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_markup(read, report_of, hostile, text):
    verdicts = (verdict("S1", reason=text), verdict("C1", "unsupported", 0, reason=text))

    def page(of):
        about = [msgspec.structs.replace(one, reason=of) for one in verdicts]
        return as_html(report_of(*about, **hostile(of)), given=of, runs=(of,)).decode()

    inert(page(text), page("words"))
    assert "49" not in Read(page("{{ 7 * 7 }}")).text


def test_the_test_of_markup_sees_markup():
    with pytest.raises(AssertionError):
        inert("<p><img src=x></p>", "<p>words</p>")
    with pytest.raises(AssertionError):
        inert('<p title="a" onclick="b">x</p>', '<p title="a">x</p>')
    with pytest.raises(AssertionError):
        inert("<p>a\u202eb</p>", "<p>words</p>")


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_markup_on_the_page_of_a_comparison(text):
    def page(of):
        changes = tuple(
            Difference(what=what, event=of, key=of, place=of, text=of, reason=reason)
            for what in ("new", "gone")
            for reason in (None, of)
        )
        about = {"old": of, "new": of, "changes": changes, "unused": (of,), "exit_code": 1}
        return compared(DiffAnswer(payloadproof="1", **about)).decode()

    inert(page(text), page("words"))


def test_the_policy_allows_what_the_page_brings_and_nothing_else(read):
    page = read(verdict("S1", "passed", 0))
    (policy,) = [
        one["content"]
        for one in page.all("meta")
        if one.get("http-equiv") == "Content-Security-Policy"
    ]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    for kind in ("style", "script"):
        digest = hashlib.sha256(page.content(kind).encode()).digest()
        assert rules[f"{kind}-src"] == f"'sha256-{base64.b64encode(digest).decode()}'"
    assert not [attrs for _, attrs in page.elements if "style" in attrs]
    assert not re.search(r"url\(|@import", page.content("style"))


def test_without_a_script_everything_can_be_read(read, reported):
    page = read(verdict("S1"), findings=(reported("f"),))
    hidden = [(tag, attrs) for tag, attrs in page.elements if "hidden" in attrs]
    assert [attrs["class"] for _, attrs in hidden] == ["filter"]


def test_a_page_of_whatever_was_found_stays_below_two_megabytes(report_of, reported):
    found = msgspec.structs.replace(
        reported("f", steps=200),
        observed="<" * 3_000,
        expected="&" * 3_000,
        evidence=("<" * 200,) * 16,
    )
    page = as_html(report_of(verdict("S1"), findings=(found,) * 350))
    assert len(page) < 2_000_000
    assert re.search(
        r"and more, which the report as JSON has: S1 hostile values \(\d+\)", page.decode()
    )


def test_a_page_that_is_not_masked_says_so_first(read):
    assert "NOT masked: do not share" in read(verdict("S1"), masked=False).text[:400]
    assert "NOT masked" not in read(verdict("S1")).text


def test_a_probe_shows_its_runs_and_how_to_make_one_again(read, reported):
    found = msgspec.structs.replace(
        reported("f", clause="C1"), evidence=("with X=0",), scenario=None
    )
    page = read(
        verdict("C1"),
        findings=(found,),
        command="probe",
        given="probe --off X=0 -- it",
        runs=("as it is", "with X=0"),
    )
    assert "seen in run 2 of 2" in page.text
    assert "payloadproof probe --only 'with X=0' --off X=0 -- it" in page.text
    assert re.search(r"1 as it is nothing found 2 with X=0 C1 consent precedence", page.text)


def test_what_was_set_for_a_program_is_on_no_page(key):
    words = ["probe", "--off", "X=0", "--set", f"ACME_KEY={key}", "--for", "20s"]
    line = handed_on(words, ("it", "--token", key, "a b"))
    assert key not in line
    assert line == (
        'probe --off X=0 --set ACME_KEY="$ACME_KEY" --for 20s -- it --token "$SECRET" \'a b\''
    )


@pytest.fixture
def key():
    """Something that looks like a key, of this run."""
    return "sk-" + hashlib.sha256(str(id(object())).encode()).hexdigest()[:48]


def test_what_is_collected_and_billed_is_drawn(read):
    seen = SeenProperty(times=2, kinds=("text",), values=("store",))
    events = {
        name: SeenEvent(times=times, profile=(), days=1, properties={"channel": seen})
        for name, times in (("seldom", 1), ("often", 4))
    }
    page = read(
        verdict("S1", "passed", 0),
        command="audit",
        collected=Surface(events=events, requests=5, bytes=99, installs=1),
        billed=Metered(events=5, identified=1),
    )
    assert page.text.index("often 4 1 properties") < page.text.index("seldom 1 1 properties")
    widths = [one["width"] for one in page.all("rect") if one.get("width", "").endswith("%")]
    assert widths == ["100.0%", "25.0%", "100.0%", "25.0%", "100.0%", "20.0%"]


def test_events_are_drawn_by_the_day_of_an_installation(read):
    events = {
        name: SeenEvent(times=times, profile=(), days=days, properties={})
        for name, times, days in (("seldom", 8, 8), ("often", 9, 2), ("undated", 5, 0))
    }
    page = read(
        verdict("S1", "passed", 0),
        command="audit",
        collected=Surface(events=events, requests=5, bytes=99, installs=4),
    )
    daily = page.text.partition("On a day of one installation")[2].partition("With which")[0]
    assert "often 4.5 over 2 such days seldom 1 over 8 such days" in daily
    assert "undated" not in daily


def test_what_a_lone_finding_names_itself_is_no_heading_above_it(read, reported):
    def headings(*clauses):
        found = tuple(
            msgspec.structs.replace(
                reported(f"f{n}", clause=one), observed='key "cwd" sent', scenario=None
            )
            for n, one in enumerate(clauses)
        )
        page = read(*map(verdict, dict.fromkeys(clauses)), findings=found)
        return page.text.count('key "cwd" explains 2 findings'), page.text.count('key "cwd"')

    assert headings("A1") == (0, 1)
    assert headings("A1", "A5") == (1, 5)


def test_a_comparison_says_what_has_no_reason(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.jsonl").write_text('{"event": "a", "distinct_id": "x", "properties": {}}\n')
    (tmp_path / "new.jsonl").write_text(
        '{"event": "a", "distinct_id": "x", "properties": {"k": 1, "l": 2}}\n'
    )
    (tmp_path / "reasons").write_text("a.k: asked for in issue 9\nb: gone\n")
    words = ["diff", "old.jsonl", "new.jsonl", "--reasons", "reasons"]
    done = CliRunner().invoke(main, [*words, "--report", "html=d.html,json=d.json"])
    assert done.exit_code == 1, done.output
    page = Read((tmp_path / "d.html").read_text())
    assert "1 of 2 new things without a reason" in page.text
    assert "asked for in issue 9" in page.text
    assert "Reasons that explain nothing b" in page.text
    assert msgspec.json.decode((tmp_path / "d.json").read_bytes(), type=DiffAnswer).exit_code == 1


def test_a_comparison_has_no_other_forms(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["diff", "claude_mem", "claude_mem", "--report", "sarif=x"])
    assert done.exit_code == 2
    assert "they are html, json" in done.output
    assert "--report html=payloadproof.html,json=payloadproof.json" in done.output


def test_the_name_of_a_program_has_no_secret_of_its_command_and_is_a_line(key):
    said = called(("/home/me/it", "--token", key, "-c", "x\n" * 200))
    assert said.startswith('it --token "$SECRET" -c ')
    assert len(said) <= 101


def test_a_probe_is_grouped_on_the_page_as_in_the_terminal(read, report_of, reported):
    found = tuple(
        msgspec.structs.replace(reported(f"{one} {n}", clause=one), evidence=(), scenario=None)
        for n in (1, 2)
        for one in ("C12", "C13", "A7", "H3", "C1")
    )
    verdicts = [verdict(one, "reported" if one == "C13" else "failed") for one in CLAUSES]
    about = {"command": "probe", "findings": found}
    page = read(*verdicts, **about)
    cards = [attrs["data-clause"] for attrs in page.all("article")]
    printed = as_text(report_of(*verdicts, **about))
    order = sorted(CLAUSES, key=lambda one: printed.index(named(one)))
    assert [*dict.fromkeys(cards)] == order == ["A7", "C1", "H3", "C12", "C13"]
    assert cards == [one for one in order for _ in range(2)]  # those of one clause stand together


CLAUSES = ("C12", "C13", "A7", "H3", "C1")


@pytest.mark.parametrize(
    ("state", "news", "words"),
    [
        ("failed", False, "FAILED"),
        ("failed", True, "FAILED, as news"),
        ("fixed", False, "FIXED, and kept as a regression test"),
        ("unsteady", False, "not seen each time"),
        ("accepted", False, "accepted by the baseline"),
        ("not_run", False, "not run"),
        ("added", False, "new: commit it, and every run begins with it"),
    ],
)
def test_what_became_of_a_file_of_the_corpus_is_said_in_words(read, state, news, words):
    one = CorpusFile(file="payloadproof.corpus/S1 x.json", clause="S1", state=state, news=news)
    drawn = Drawn(seed=7, scenarios=1200, fails=False)
    page = read(verdict("S1", "passed", 0), corpus=(one,), drawn=drawn)
    assert f"{words} payloadproof.corpus/S1 x.json {named('S1')}" in page.text
    assert "1,200 new scenarios were drawn, of seed 7; with --explore fail" in page.text
    assert "not_run" not in page.text


def cell(road, promise, state, controls=0, reason=None):
    return MapCell(
        road=road,
        promise=promise,
        state=state,
        controls=controls,
        clauses=("A1",),
        reason=reason,
    )


def test_the_map_of_roads_is_a_table_in_which_a_hole_is_seen(read):
    roads = (
        cell("a retry", "whitelist", "judged", 1204),
        cell("a retry", "log line", "cannot_be", reason="nobody calls it"),
        cell("a second start", "whitelist", "vacuous"),
        cell("a second start", "log line", "not_run", reason="none of its clauses was judged"),
        cell("a day of the past", "whitelist", "not_applicable", reason="no such road"),
        cell("a day of the past", "log line", "not_applicable", reason="no such road"),
    )
    page = read(verdict("A1", "passed", 0), roads=roads)
    assert "Road whitelist log line a retry 1,204 · a second start ○ -" in page.text
    assert "6 cells: 1 tried, 1 no scenario came by: this is not a pass (○)" in page.text
    cells = [one for one in page.all("td") if one.get("title")]
    assert [one["class"].split()[-1] for one in cells] == ["good", "quiet", "doubtful", "quiet"]
    assert cells[0]["title"] == f"whitelist: {named('A1')}"
    assert cells[1]["title"] == "log line: nobody calls it"
    assert "Roads and promises" not in read(verdict("A1", "passed", 0)).text


def test_the_runs_of_a_probe_are_drawn_on_one_scale(read):
    to = Spoken(host="us.i.posthog.com", kind="posthog", at_s=(1.0, 4.0), requests=70)
    other = Spoken(host="x.example", kind="other", at_s=(2.0,), requests=1)
    runs = (
        Ran(name="as it is", took_s=5.0, ended="itself", exit_code=0, spoken=(to, other)),
        Ran(name="with X=0", took_s=1.0, ended="itself", exit_code=3, spoken=()),
        Ran(name="with a hole", took_s=10.0, ended="stopped", exit_code=None, spoken=()),
    )
    about = {"command": "probe", "runs_of_report": runs}
    page = read(verdict("C1", "passed", 0), runs=[one.name for one in runs], **about)
    lines = [one for one in page.all("rect") if "width" in one and one["class"][:4] == "ran-"]
    lengths = [one["width"] for one in lines if one["width"].endswith("%")]
    assert lengths == ["50.0%", "10.0%", "100.0%"]
    marks = [(one["cx"], one["class"]) for one in page.all("circle") if "%" in one["cx"]]
    assert marks == [("10.0%", "to-posthog"), ("40.0%", "to-posthog"), ("20.0%", "to-other")]
    assert "5.0 s; 70 to us.i.posthog.com, 1 to x.example" in page.text
    assert "1.0 s, exit code 3; told nobody anything" in page.text
    assert "each line: 0 to 10.0 s" in page.text
    assert "ended by us, late" in page.text
    assert "other telemetry" not in page.text  # no such host was met
