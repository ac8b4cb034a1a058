"""Which runs the evidence so far asks for: with telemetry off for what broke, more of what is late.

Rule 1: what broke with something wrong is measured by a run with the same wrong and telemetry off.
Rule 2: an end is late three times of three before it is a finding; how late it is, the first says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from payloadproof.blackbox import wanted as runs_of
from payloadproof.blackbox.driving import Made
from payloadproof.blackbox.wanted import Switch, Wanted
from payloadproof.clauses.host.endings import NOTHING, TIMES, pending
from payloadproof.clauses.run_checks import judge_runs
from payloadproof.evidence.runs import Run, ordinary


def further(
    made: Sequence[Made], runs: Sequence[Run], late_already: Collection[str] = ()
) -> Iterator[Wanted]:
    """What is asked for, whether or not it was before.

    Args:
        made: the runs so far.
        runs: the evidence of the same.
        late_already: what is wrong in runs that have not ended yet, and are late.
    """
    by_fault = {one.fault: one for one in reversed([*runs_of.faults()])}
    off = _silent_switch(made)
    broken = {one.kind for one in judge_runs(runs, ("H1", "H2", "H3")).findings}
    late = {*pending(runs), *late_already}
    for fault, one in by_fault.items():
        if off and (fault in late or any(fault in kind for kind in broken)):
            yield runs_of.with_telemetry_off(one.fault, off)
    times = Counter(run.fault for run in runs if not run.switch)
    times[NOTHING] = len(ordinary(runs))
    for fault in (*by_fault, NOTHING):
        one = by_fault.get(fault, Wanted(name=runs_of.AGAIN))
        # All that are missing at once: each is made in any case where the next is late, too.
        for number in range(2, 2 + TIMES - max(times[fault], 1)) if fault in late else ():
            yield runs_of.another(one, number)


def _silent_switch(made: Sequence[Made]) -> Switch | None:
    """A switch that did turn telemetry off."""
    for one in made:
        if one.wanted.switch and not one.run.fault and not one.run.telemetry:
            return one.wanted.switch
    return None
