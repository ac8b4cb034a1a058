import configparser
import re
import secrets
import subprocess
from ipaddress import IPv4Interface
from pathlib import Path

import pytest

from payloadproof.blackbox.casting import drawn
from payloadproof.blackbox.stage import ASPECTS
from payloadproof.blackbox.standing import PREFIX
from payloadproof.errors import HarnessError
from payloadproof.evidence.runs import FIRST, GIVEN_A_DIRECTORY, GIVEN_MISSING, OTHER
from payloadproof.evidence.search import PIECE


@pytest.fixture
def seed():
    return secrets.token_hex(8)


@pytest.fixture
def stage(seed):
    return drawn(seed)


@pytest.fixture
def other(seed):
    return drawn(seed, OTHER)


def test_the_same_seed_makes_the_same_stage(seed, stage):
    assert drawn(seed, FIRST) == stage
    assert drawn(seed + "x") != stage


def test_a_machine_has_the_address_of_one_host():
    for seed in range(3000):  # one in 156 had that of all hosts, and no run of its was seen to send
        card = IPv4Interface(f"{drawn(str(seed)).machine.ipv4}/{PREFIX}")
        assert card.ip in card.network
        assert card.ip not in (card.network.network_address, card.network.broadcast_address)


def test_two_people_share_no_value_and_every_length(stage, other):
    assert len(stage.planted) == len(other.planted)
    for one, another in zip(stage.planted, other.planted, strict=True):
        assert one.what == another.what
        assert one.value != another.value
        if "as a number" not in one.what:  # a decimal number is as long as it is
            assert len(one.value) == len(another.value)


def test_every_planted_value_is_long_enough_to_be_no_chance(stage):
    for one in stage.planted:
        assert len(one.value) >= (10 if one.piece == PIECE else 12), one.what
        if not set(one.value) - set("0123456789abcdef"):
            assert one.piece >= 12  # of a digest eight digits agree by chance


def test_names_hold_no_vowel_so_that_no_word_is_one_of_them(stage):
    names = (stage.person.user, stage.project.name, stage.project.owner, stage.person.full_name)
    assert not re.search("[aeiou]", " ".join(names), re.IGNORECASE)


def test_an_address_of_a_card_is_one_that_a_maker_gave_and_no_time_of_day():
    for _ in range(50):
        octets = drawn(secrets.token_hex(4)).machine.mac.split(":")
        assert len(octets) == 6
        assert not int(octets[0], 16) & 3  # neither for a group nor given locally
        assert not any(octet.isdigit() for octet in octets)


def test_what_every_key_of_a_kind_begins_with_is_not_looked_for(stage):
    by_name = {secret.name: secret for secret in stage.secrets}
    assert by_name["OPENAI_API_KEY"].value.startswith("sk" + "-proj-")
    values = {one.what: one.value for one in stage.planted}
    for secret in stage.secrets:
        assert secret.drawn in secret.value
        assert values[secret.name] == secret.drawn
        assert "proj-" not in secret.drawn


def test_no_variable_sends_the_traffic_past_the_recorder(stage, tmp_path):
    env = stage.staged(tmp_path).env
    taken = {"http_proxy", "https_proxy", "all_proxy"}
    assert not taken & {name.lower() for name in env}
    assert "ftp_proxy" in env


# Changing one thing at a time

HOLDS = {
    "name": lambda s: (s.person,),
    "host": lambda s: (s.machine.host,),
    "card": lambda s: (s.machine.mac, s.machine.ipv4),
    "machine id": lambda s: (s.machine.machine_id,),
    "directory": lambda s: (s.project,),
    "secrets": lambda s: (s.secrets, s.secret),
    "prompt": lambda s: (s.prompt,),
}


@pytest.mark.parametrize("aspect", ASPECTS)
def test_one_thing_is_changed_and_all_else_stays(stage, other, aspect):
    changed = stage.changed(aspect, other)
    for one, held in HOLDS.items():
        assert held(changed) == held(other if one == aspect else stage)
    differ = {
        one.aspect
        for one, before in zip(changed.planted, stage.planted, strict=True)
        if one != before
    }
    assert differ == {aspect}


# On a disk


def test_a_stage_lies_below_its_root(stage, tmp_path):
    staged = stage.staged(tmp_path, ["run", "--key={secret}", "{path}", "{x}"], base={})
    assert staged.argv == (
        "run",
        f"--key={stage.secret.value}",
        str(tmp_path / stage.document),
        "{x}",
    )
    assert staged.env["HOME"] == str(staged.home)
    assert staged.env["USER"] == stage.person.user
    assert staged.cwd.is_relative_to(staged.home)
    assert (tmp_path / stage.document).read_text(encoding="utf-8") == stage.prompt + "\n"
    assert staged.etc["hostname"].read_text() == stage.machine.host + "\n"
    first = staged.etc["passwd"].read_text().splitlines()[0].split(":")
    assert (first[0], first[2], first[5]) == (stage.person.user, "0", str(staged.home))


def test_nothing_of_the_real_environment_comes_along(stage, tmp_path):
    base = {"PATH": "/bin", "OPENAI_API_KEY": "real", "AWS_PROFILE": "real", "HOME": "/root"}
    env = stage.staged(tmp_path, base=base).env
    assert env["PATH"] == "/bin"
    assert "real" not in env.values()
    assert "AWS_PROFILE" not in env


def test_files_are_written_into_the_working_directory_with_their_placeholders(stage, tmp_path):
    staged = stage.staged(tmp_path, files={"conf/a.json": '{"k": "{secret}", "m": "{email}"}'})
    text = (staged.cwd / "conf/a.json").read_text(encoding="utf-8")
    assert text == f'{{"k": "{stage.secret.value}", "m": "{stage.person.email}"}}'


@pytest.mark.parametrize("name", ["../x", "/etc/x", "", "a/../../x"])
def test_a_file_outside_the_working_directory_is_refused(stage, tmp_path, name):
    with pytest.raises(HarnessError, match="outside the working directory"):
        stage.staged(tmp_path, files={name: "x"})
    assert not list(tmp_path.iterdir())


def test_a_stage_is_not_set_up_over_another(stage, tmp_path):
    stage.staged(tmp_path)
    with pytest.raises(HarnessError, match="already exists"):
        stage.staged(tmp_path)


def test_git_takes_the_working_directory_for_a_repository_of_this_person(stage, tmp_path):
    staged = stage.staged(tmp_path)
    config = configparser.ConfigParser()
    config.read_string(staged.home.joinpath(".gitconfig").read_text().replace("\t", ""))
    assert config["user"]["email"] == stage.person.email

    def git(*words):
        env = {"PATH": staged.env["PATH"], "HOME": staged.env["HOME"]}
        run = ["git", *words]
        return subprocess.check_output(run, cwd=staged.cwd, env=env, text=True).strip()

    assert git("config", "user.name") == stage.person.full_name
    assert stage.project.owner in git("remote", "get-url", "origin")
    assert git("symbolic-ref", "--short", "HEAD") == stage.project.branch
    git("status")


def test_two_people_on_one_root_differ_in_nothing_that_was_not_invented(stage, other, tmp_path):
    texts = []
    for one in (stage, other):
        staged = one.staged(tmp_path / "run", ["{path}"], base={"PATH": "/bin"})
        text = "\n".join([*(f"{k}={v}" for k, v in staged.env.items()), *staged.argv])
        text = text.replace(one.machine.host, "the host")
        for planted in one.planted:
            text = text.replace(planted.value, planted.what)
        texts.append(text)
        (tmp_path / "run").rename(tmp_path / one.who)
    assert texts[0] == texts[1]


@pytest.mark.parametrize(
    ("given", "is_so"),
    [
        ("", Path.is_file),
        (GIVEN_MISSING, lambda path: not path.exists()),
        (GIVEN_A_DIRECTORY, Path.is_dir),
    ],
)
def test_what_the_command_is_given_is_what_the_run_is_for(stage, tmp_path, given, is_so):
    staged = stage.staged(tmp_path, ["{path}"], base={}, given=given)
    assert is_so(Path(staged.argv[0]))


def test_a_stage_names_the_place_at_which_it_is_seen_and_not_where_it_lies(stage, tmp_path):
    seen = Path("/seen")
    staged = stage.staged(tmp_path, ["{path}"], {"a": "{path}"}, base={}, seen=seen)
    texts = [file.read_text() for file in tmp_path.rglob("*") if file.is_file()]
    assert not any(str(tmp_path) in said for said in (*texts, *staged.env.values(), *staged.argv))
    assert staged.env["HOME"] == str(seen / stage.home)
    assert staged.home == tmp_path / stage.home
