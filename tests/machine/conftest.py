import sys
from pathlib import Path

# As in the conftest of the mutants: what is shared is found from the folder of all tests.
sys.path.insert(0, str(Path(__file__).parents[1]))
