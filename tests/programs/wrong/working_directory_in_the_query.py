"""The directory that it works in stands in the query, by requests."""

import contextlib
import pathlib

import acme
import requests

acme.notice()
if not acme.turned_off():
    with contextlib.suppress(requests.RequestException):
        requests.post(
            f"{acme.HOST}/batch/",
            params={"from": str(pathlib.Path.cwd())},
            json=acme.batch([acme.event("acme_started", acme.install_id())]),
            timeout=1.5,
        )
print("The answer is 42.")
