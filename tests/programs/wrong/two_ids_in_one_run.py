"""Two modules, each with a file for the id, in one program."""

import pathlib
import uuid

import acme

acme.notice()
if not acme.turned_off():
    acme.deliver(acme.event("acme_started", acme.install_id()))
    other = pathlib.Path.home() / ".acme-plugins"
    if not other.exists():
        other.write_text(str(uuid.uuid4()), encoding="utf-8")
    acme.deliver(acme.event("plugin_loaded", other.read_text(encoding="utf-8")))
print("The answer is 42.")
