from spoken import answer, requests

for request in requests():
    print("chatter\n" * 800, end="", flush=True)
    answer(request)
