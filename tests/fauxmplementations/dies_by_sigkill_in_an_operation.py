import os
import signal
import sys

from spoken import answer, requests

for request in requests():
    if request["op"] == "capture":
        print("no time for a farewell", file=sys.stderr, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    answer(request)
