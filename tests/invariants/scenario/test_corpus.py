"""A corpus stands in a repository: what is in it may be damaged, or somebody's trap."""

import os
import random

import msgspec
import pytest

from payloadproof.errors import HarnessError
from payloadproof.generate.ground import Ground
from payloadproof.protocol import codec, messages
from payloadproof.run.properties import SUITE
from payloadproof.scenario import steps as do
from payloadproof.scenario.corpus import LARGEST, keep, read
from payloadproof.scenario.databases import Database, Row, Table
from payloadproof.scenario.store import Saved

FLUSH = do.Scenario(steps=(do.Flush(),), now_ms=1_000)


def saved(scenario=FLUSH, clause="A1"):
    return Saved(
        clause=clause, message="m", adapter="cmd:rm -rf /", contract="c", scenario=scenario
    )


def test_what_is_kept_is_read_again_without_what_it_was_run_against(tmp_path, door_contract):
    path = keep(tmp_path / "corpus", saved())
    news = keep(tmp_path / "corpus", saved(clause="A2"), news=True)
    one, two = read(tmp_path / "corpus", door_contract)
    assert (one.path, one.news, one.saved.scenario) == (path, False, FLUSH)
    assert (two.path, two.news) == (news, True)
    assert (one.saved.adapter, one.saved.contract) == ("", "")
    assert b"rm -rf" not in path.read_bytes()


def test_no_directory_is_an_empty_corpus(tmp_path, door_contract):
    assert read(tmp_path / "nowhere", door_contract) == ()


def test_what_is_no_scenario_by_its_name_is_left_alone(tmp_path, door_contract):
    (tmp_path / "README.md").write_text("why these are here")
    assert read(tmp_path, door_contract) == ()


def test_a_file_that_is_there_is_not_written_over_and_no_link_followed(tmp_path):
    path = keep(tmp_path, saved())
    path.unlink()
    victim = tmp_path / "victim"
    path.symlink_to(victim)
    keep(tmp_path, saved())
    assert not victim.exists()


def damage(content):
    return lambda path: path.write_bytes(content)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (damage(b""), "is not a saved scenario"),
        (damage(b"<<<<<<< HEAD\n{}"), "is not a saved scenario"),
        (damage(b"\xff\xfe"), "is not a saved scenario"),
        (damage(b"[" * 100_000), "is not a saved scenario"),
        (damage(b" " * (LARGEST + 1)), "bytes"),
        (lambda path: path.mkdir(), "directory"),
        (os.mkfifo, "it is no plain file"),
        (lambda path: path.symlink_to("/dev/zero"), "it is a link"),
        (lambda path: path.symlink_to("/etc/passwd"), "it is a link"),
    ],
)
def test_a_damaged_file_is_named(tmp_path, door_contract, make, said):
    make(tmp_path / "A1-damaged.json")
    with pytest.raises(HarnessError, match=said) as caught:
        read(tmp_path, door_contract)
    assert "A1-damaged.json" in caught.value.message


@pytest.mark.parametrize("news", [False, True])
def test_a_link_in_the_place_of_the_directory_is_refused(tmp_path, door_contract, news):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    corpus = tmp_path / "corpus"
    if news:
        corpus.mkdir()
        (corpus / "news").symlink_to(elsewhere)
    else:
        corpus.symlink_to(elsewhere)
    with pytest.raises(HarnessError, match="it is a link"):
        read(corpus, door_contract)
    with pytest.raises(HarnessError, match="it is a link"):
        keep(corpus, saved(), news=news)
    assert not any(elsewhere.iterdir())


@pytest.mark.parametrize(
    "changed",
    [
        {"env": {"LD_PRELOAD": "/tmp/evil.so"}},
        {"env": {"PATH": "/tmp"}},
        {"env": {"LANG": "C.UTF-8"}},
        {"env": {"USER": "x{canary:0}"}},
        {"env": {"DOOR_COUNTER_HOST": "https://collector.example"}},
        {"steps": (do.SetEnv(env={"DOOR_COUNTER_HOST": "https://collector.example"}),)},
        {"steps": (do.Capture(event="door_opened", times=10**9),)},
        {"steps": (do.Crowd(event="e", properties={}, first=1, sessions=10**9),)},
        {"steps": (do.Advance(ms=10**18),)},
        {"history": Database(tables={"t": Table(columns=(), rows=(Row(values={}, times=10**9),))})},
        {"now_ms": 10**18},
        {"steps": (do.Capture(event="{canary:99999999}"),)},
    ],
)
def test_what_a_run_could_not_have_kept_is_refused(tmp_path, door_contract, changed):
    keep(tmp_path, saved(msgspec.structs.replace(FLUSH, **changed)))
    with pytest.raises(HarnessError) as caught:
        read(tmp_path, door_contract)
    assert caught.value.code == "corpus-refused"
    assert str(tmp_path) in caught.value.message


@pytest.mark.parametrize("name", ["contract", "door_contract"])
def test_every_scenario_that_a_table_has_can_be_kept(request, tmp_path, name):
    contract = request.getfixturevalue(name)
    everything = messages.Capabilities(
        ops=tuple(messages.OPS), clock="virtual", hostile=tuple(codec.HOSTILE)
    )
    ground = Ground(contract, everything, 1_760_000_000_000)
    cases = [case for prop in SUITE if prop.possible(ground) for case in prop.cases(ground)]
    assert len(cases) > 10
    for case in random.Random(1).sample(cases, min(100, len(cases))):
        keep(tmp_path, saved(case))
    assert read(tmp_path, contract)
