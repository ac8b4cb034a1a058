import threading

from spoken import answer, requests

for request in requests():
    if request["op"] != "initialize":
        threading.Event().wait()
    answer(request)
