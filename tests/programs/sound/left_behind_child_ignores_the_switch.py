"""A process that it leaves behind asks before it sends."""

import subprocess
import sys

import acme

LATER = """
import acme, time

time.sleep(1)
if not acme.turned_off():
    acme.deliver(acme.event('acme_ended', acme.install_id()))
"""

acme.notice()
if not acme.turned_off():
    acme.deliver(acme.event("acme_started", acme.install_id()))
print("The answer is 42.")
subprocess.Popen(
    [
        sys.executable,
        "-c",
        LATER,
    ],
    start_new_session=True,
    stdin=subprocess.DEVNULL,
    stdout=subprocess.DEVNULL,
    stderr=subprocess.DEVNULL,
)
