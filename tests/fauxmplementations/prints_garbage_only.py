from spoken import requests, say

for _ in requests():
    say("Hello! I am no protocol.")
