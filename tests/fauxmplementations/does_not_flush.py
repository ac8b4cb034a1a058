import json
import sys

from spoken import requests, result

buffered = open(1, "w", buffering=1 << 16, encoding="utf-8")
for request in requests():
    buffered.write(json.dumps({"id": request["id"], "ok": result(request)}) + "\n")
sys.exit(buffered.close())
