"""What a recorded run shows beside its recording: opt-outs, what is due, what is left behind."""

import subprocess
import sys

import pytest

from payloadproof.drive import internet

ENTRY = "from payloadproof.cli import main; main()"
OFF = {"DO_NOT_TRACK": "1"}
isolated = pytest.mark.skipif(
    bool(internet.missing()), reason="no network namespace can be made on this machine"
)


def test_what_is_sent_against_an_opt_out_is_found_though_all_of_it_is_in_order(record):
    code, out, _ = record("send()", env=OFF)
    assert code == 1
    assert "C1 consent precedence" in out
    assert "nothing sent to any telemetry host with DO_NOT_TRACK=1" in out


def test_an_opt_out_that_is_obeyed_is_green_and_says_that_its_control_was_not_run(record):
    code, out, _ = record("pass", env=OFF)
    assert code == 0, out
    assert "telemetry is off by DO_NOT_TRACK=1 and nothing was sent" in " ".join(out.split())
    assert "payloadproof probe" in out


def test_an_opt_out_in_the_consent_file_is_known_too(record, tmp_path):
    (tmp_path / "telemetry.json").write_text('{"enabled": false}')
    code, out, _ = record("send()", env={"CLAUDE_MEM_DATA_DIR": str(tmp_path)})
    assert code == 1
    assert "with telemetry.json" in out


@pytest.mark.parametrize(("owed", "code"), [("search_performed=1", 0), ("search_performed=2", 1)])
def test_what_is_due_is_counted(record, owed, code):
    found, out, _ = record("send()", "--due", owed)
    assert found == code, out
    assert ("1 arrived" in out) is (code == 1)


def test_a_detached_child_is_waited_for_on_the_machines_own_network_too(record, requests):
    child = """
over, held = os.pipe()
if not os.fork():
    os.setsid()
    if os.fork():
        os._exit(0)
    os.close(held)
    os.read(over, 1)
    import time
    time.sleep(2.5)  # it lives for longer than quiet alone is waited for: that time is the test
    send()
"""
    code, out, err = record(child)
    assert code == 0, out + err
    assert len(requests()) == 1


@isolated
def test_without_a_contract_what_holds_for_everybody_is_judged_and_nothing_by_anothers(
    tmp_path, constant
):
    program = tmp_path / "boil.py"
    program.write_text(f"{constant}\npost('t.example.com', project='acme')")
    done = subprocess.run(
        [sys.executable, "-c", ENTRY, "record", "--", sys.executable, str(program)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "held: W1 requests PostHog accepts" in done.stdout
    assert "no contract:" in done.stdout
    assert "A1 unlisted keys" not in done.stdout
