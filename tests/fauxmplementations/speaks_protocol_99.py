from spoken import answer, requests, result

for request in requests():
    answer(request, ok=result(request, protocol=99))
