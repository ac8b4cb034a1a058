import json

from spoken import requests, result

# Whatever the environment says of buffering, this waits for more than it will ever get.
with open(1, "w", buffering=1 << 16, encoding="utf-8") as buffered:
    for request in requests():
        buffered.write(json.dumps({"id": request["id"], "ok": result(request)}))
        buffered.write("\n")
