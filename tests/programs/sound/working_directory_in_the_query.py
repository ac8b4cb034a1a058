"""The query holds the version alone, by requests."""

import contextlib

import acme
import requests

acme.notice()
if not acme.turned_off():
    with contextlib.suppress(requests.RequestException):
        requests.post(
            f"{acme.HOST}/batch/",
            params={"from": "1.4.0"},
            json=acme.batch([acme.event("acme_started", acme.install_id())]),
            timeout=1.5,
        )
print("The answer is 42.")
