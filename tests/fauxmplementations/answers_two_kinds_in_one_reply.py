from spoken import answer, requests

for request in requests():
    answer(request, unsupported="and not supported either")
