import signal

from spoken import answer, requests

signal.signal(signal.SIGTERM, signal.SIG_IGN)
for request in requests():
    answer(request)
