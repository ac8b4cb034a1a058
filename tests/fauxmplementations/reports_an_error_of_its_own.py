import json

from spoken import requests, say

for request in requests():
    error = {"code": "no-checkout", "message": "DIR is no checkout"}
    say(json.dumps({"id": request["id"], "error": error}))
