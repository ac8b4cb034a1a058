import json

import pytest

from payloadproof_reference.consent import Consent
from payloadproof_reference.past.backfill import LAG_MS, Backfill
from payloadproof_reference.past.history import DAY_MS
from payloadproof_reference.past.marker import FILE
from payloadproof_reference.whitelist import WHITELIST

NOW_MS = 1_760_000_000_000
LAST = (NOW_MS - LAG_MS) // DAY_MS


@pytest.fixture
def run(env, data_dir, clock, log):
    """Runs a backfill as a fresh process would, and returns it."""

    def run(made, kind=Backfill, **parts):
        backfill = kind(
            getattr(made, "path", made),
            env,
            data_dir,
            clock,
            consent=Consent(env, data_dir),
            whitelist=WHITELIST,
            log=log,
            **parts,
        )
        backfill.run()
        return backfill

    return run


@pytest.fixture
def lived(database):
    """An install with three active days, the last of them the last full one."""
    made = database(wal=True)
    for day in (LAST - 400, LAST - 1, LAST):
        made.begin({"started_at_epoch": day * DAY_MS, "project": "acme", "status": "completed"})
        made.observe({"created_at_epoch": day * DAY_MS + 5, "text": "secret plan", "type": "x"})
    return made


@pytest.fixture
def marker(data_dir):
    return lambda: json.loads((data_dir / FILE).read_text())
