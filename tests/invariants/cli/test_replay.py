"""What `replay` runs of a file that somebody sends: nothing, before a person has said so."""

import shlex
import sys

import pytest

from payloadproof.scenario import steps as do
from payloadproof.scenario.store import Saved, save

SENT_BY_SOMEBODY = "mail/A1-0.json"


@pytest.fixture
def trap(tmp_path):
    """An adapter that leaves a trace of having been started."""
    program = tmp_path / "trap.py"
    program.write_text("import pathlib; pathlib.Path('sprung').touch()\n")
    return f"cmd:{shlex.join([sys.executable, str(program)])}"


@pytest.fixture
def saved_as(tmp_path, trap, door_contract_file):
    def make(place):
        scenario = do.Scenario(steps=(do.Flush(),), now_ms=0)
        about = {"clause": "A1", "message": "m", "contract": str(door_contract_file)}
        made = save(tmp_path / "made", Saved(adapter=trap, scenario=scenario, **about))
        target = tmp_path / place
        target.parent.mkdir(parents=True, exist_ok=True)
        return made.rename(target)

    return make


def test_a_file_from_elsewhere_starts_nothing_and_shows_what_it_would(
    refused, saved_as, trap, tmp_path
):
    output = refused("replay", saved_as(SENT_BY_SOMEBODY))
    assert "trap.py" in output
    assert "--trust" in output
    assert not (tmp_path / "sprung").exists()


def test_a_link_from_our_folder_to_elsewhere_is_from_elsewhere(refused, saved_as, tmp_path):
    target = saved_as(SENT_BY_SOMEBODY)
    link = tmp_path / ".payloadproof" / "failures" / "A1-0.json"
    link.parent.mkdir(parents=True)
    link.symlink_to(target)
    refused("replay", link)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    ("place", "options"),
    [(".payloadproof/failures/A1-0.json", ()), (SENT_BY_SOMEBODY, ("--trust",))],
)
def test_what_was_saved_here_or_is_trusted_is_run(run, saved_as, tmp_path, place, options):
    # The trap speaks no protocol: that it was started is what is asked.
    code, _ = run("replay", saved_as(place), *options)
    assert code == 2
    assert (tmp_path / "sprung").exists()


@pytest.mark.usefixtures("no_lingering")
def test_with_an_adapter_of_ones_own_the_file_is_data(run, saved_as, door, tmp_path):
    code, output = run("replay", saved_as(SENT_BY_SOMEBODY), *door)
    assert code == 0
    assert "FIXED" in output
    assert not (tmp_path / "sprung").exists()
