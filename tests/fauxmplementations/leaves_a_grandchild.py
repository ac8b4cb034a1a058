"""Its child outlives it, and keeps its pipes open; the pid is in the answer."""

import subprocess
import sys

from spoken import answer, requests, result

child = subprocess.Popen([sys.executable, "-c", "import threading; threading.Event().wait()"])
for request in requests():
    answer(request, ok={**result(request), "grandchild": child.pid})
