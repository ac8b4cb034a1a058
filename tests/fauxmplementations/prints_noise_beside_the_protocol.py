from spoken import answer, requests

for request in requests():
    print(f"DEBUG got {request['op']}", flush=True)
    print("[1, 2, 3]", flush=True)
    print('{"level": "info", "id": 1}', flush=True)
    answer(request)
