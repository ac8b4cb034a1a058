import sys

from spoken import answer, requests

for request in requests():
    if request["op"] != "initialize":
        sys.stderr.write("three it is\n")
        sys.exit(3)
    answer(request)
