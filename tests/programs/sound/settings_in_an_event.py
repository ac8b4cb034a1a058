"""The number of its settings goes along."""

import pathlib

import acme

acme.notice()
if not acme.turned_off():
    settings = pathlib.Path("acme.ini").read_text(encoding="utf-8")
    acme.deliver(acme.event("acme_started", acme.install_id(), settings=settings.count("=")))
print("The answer is 42.")
