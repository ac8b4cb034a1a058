from spoken import answer, requests

for request in requests():
    answer(request, ok={"protocol": 1, "implementation": "me"})
