import sys

from spoken import answer, requests

for request in requests():
    sys.stdout.write("chatter\n" * 800)
    answer(request)
