import json

from spoken import requests, result

for request in requests():
    print(json.dumps({"id": request["id"], "ok": result(request)}))
