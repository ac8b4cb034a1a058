import json

from spoken import requests

for request in requests():
    error = {"code": "no-checkout", "message": "DIR is no checkout"}
    print(json.dumps({"id": request["id"], "error": error}), flush=True)
