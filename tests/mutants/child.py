"""One mutant as a child process: ``python tests/mutants/child.py NAME``."""

from __future__ import annotations

import sys
from pathlib import Path

# A program's own folder is on the path; mutants are found from the folder of all tests.
sys.path.insert(0, str(Path(__file__).parents[1]))
from mutants.mutant import MUTANTS, enter_all

from payloadproof.adapters.serve import serve

if __name__ == "__main__":
    enter_all()
    serve(MUTANTS[sys.argv[1]]())
