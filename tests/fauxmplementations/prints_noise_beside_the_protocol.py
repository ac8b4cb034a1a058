from spoken import answer, requests, say

for request in requests():
    say(f"DEBUG got {request['op']}")
    say("[1, 2, 3]")
    say('{"level": "info", "id": 1}')
    answer(request)
