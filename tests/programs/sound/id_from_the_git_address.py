"""Git is asked for its version, which goes along as a property."""

import subprocess

import acme

acme.notice()
if not acme.turned_off():
    found = subprocess.run(["git", "--version"], capture_output=True, text=True, check=False)
    acme.deliver(acme.event("acme_started", acme.install_id(), git=found.stdout.strip()))
print("The answer is 42.")
