"""How long the path of the home is: a number, and one that follows the person."""

import pathlib

import acme

acme.notice()
if not acme.turned_off():
    length = len(str(pathlib.Path.home()))
    acme.deliver(acme.event("acme_started", acme.install_id(), home=length))
print("The answer is 42.")
