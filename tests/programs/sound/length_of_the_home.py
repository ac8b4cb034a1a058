"""How many parts a path of Acme's own has."""

import pathlib

import acme

acme.notice()
if not acme.turned_off():
    length = len(pathlib.PurePosixPath("/opt/acme").parts)
    acme.deliver(acme.event("acme_started", acme.install_id(), home=length))
print("The answer is 42.")
