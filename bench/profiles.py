"""What a run of a profile takes: ``profiles.py [PROFILE ...]``, quick without any."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from payloadproof.adapters.connect import REFERENCE
from payloadproof.run.check import check
from payloadproof.run.planning import planned

SEED = 1


def main(profiles: list[str]) -> None:
    """Measure, each once: a run is long, and its seed is the same in every run."""
    table = Table("profile", "scenarios", "wall s", "CPU s", "scenarios per s", title="one run")
    for profile in profiles or ["quick"]:
        with TemporaryDirectory() as home:
            plan = planned(REFERENCE, profile=profile, seed=SEED)
            began = time.process_time()
            report = check(plan._replace(home=Path(home)))
            cpu = time.process_time() - began
        rate = f"{report.scenarios / report.seconds:.1f}"
        figures = f"{report.scenarios:,}", f"{report.seconds:.1f}", f"{cpu:.1f}", rate
        table.add_row(profile, *figures)
    Console().print(table)


if __name__ == "__main__":
    main(sys.argv[1:])
