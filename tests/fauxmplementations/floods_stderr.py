import sys

from spoken import answer, requests

for request in requests():
    sys.stderr.write("flood\n" * 200_000 + "the last words\n")
    sys.stderr.flush()
    answer(request)
