from payloadproof.evidence.history import File, Snapshot
from payloadproof.protocol import messages as ops
from payloadproof.scenario import steps as do


def full(history, call, kind, **also):
    steps = (do.Capture(event="x"), do.FillDisk(), do.Capture(event="x"))
    log = File(size=1, mtime_ns=1, sha256="0")
    return history(
        *steps,
        calls=[call(0, ops.Capture(event="x")), call(2, ops.Capture(event="x"), kind, **also)],
        snapshots=(Snapshot(step=1, files={"data/logs/program.log": log}),),
    )


def test_s4_passes_a_full_disk_that_nobody_notices(history, call, found, fired):
    judged = full(history, call, "ok")
    assert not found("S4", judged)
    assert fired("S4", judged)


def test_s4_finds_a_full_disk_that_reaches_the_caller(history, call, found):
    raised = ops.RaisedDetail(type="OSError")
    (finding,) = found("S4", full(history, call, "raised", raised=raised))
    assert "with a full disk under the log" in finding.expected


def test_s4_is_not_tried_by_a_full_disk_without_a_log(history, call, fired):
    steps = (do.FillDisk(), do.Capture(event="x"))
    assert not fired("S4", history(*steps, calls=[call(1, ops.Capture(event="x"))]))
