import sys
import threading

sys.stdin.readline()
print("thinking", file=sys.stderr, flush=True)
threading.Event().wait()
