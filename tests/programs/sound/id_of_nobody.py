"""The id begins with a word that only looks like one of those."""

import acme

acme.notice()
if not acme.turned_off():
    acme.deliver(acme.event("acme_started", f"anonymous-{acme.install_id()}"))
print("The answer is 42.")
