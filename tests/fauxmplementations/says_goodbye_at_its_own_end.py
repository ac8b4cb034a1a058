import sys

from spoken import answer, requests

for request in requests():
    answer(request)
sys.stderr.write("goodbye\n")
