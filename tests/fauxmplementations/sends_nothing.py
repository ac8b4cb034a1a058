from spoken import answer, requests

for request in requests():
    answer(request)
