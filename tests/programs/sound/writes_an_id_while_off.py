"""Its work writes a file in any case; the id is made when it may be."""

import pathlib

import acme

acme.notice()
if not acme.turned_off():
    acme.deliver(acme.event("acme_started", acme.install_id()))
pathlib.Path("answer.txt").write_text("42\n", encoding="utf-8")
print("The answer is 42.")
