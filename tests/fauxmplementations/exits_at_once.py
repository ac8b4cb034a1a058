import sys

sys.stderr.write("cannot find my settings\n")
