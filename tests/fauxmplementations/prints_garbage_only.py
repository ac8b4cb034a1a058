from spoken import requests

for _ in requests():
    print("Hello! I am no protocol.", flush=True)
