import sys
from pathlib import Path

# With --import-mode=importlib a test's siblings are not importable, and an adapter is found by the
# name of its module: the folder of all tests is on the path here as it is when matrix.py is run.
sys.path.insert(0, str(Path(__file__).parents[1]))
