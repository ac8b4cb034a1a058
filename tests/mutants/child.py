"""One mutant as a child process: ``python tests/mutants/child.py NAME``."""

from __future__ import annotations

import sys

import backfill_process_pipelines  # noqa: F401 - its mutants enter themselves
import process_pipelines  # noqa: F401 - as above
from mutant import MUTANTS

from payloadproof.adapters.serve import serve

if __name__ == "__main__":
    serve(MUTANTS[sys.argv[1]]())
