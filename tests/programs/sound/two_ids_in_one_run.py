"""Two ids, which an event joins before either is used."""

import pathlib
import uuid

import acme

acme.notice()
if not acme.turned_off():
    me = acme.install_id()
    other = pathlib.Path.home() / ".acme-plugins"
    if not other.exists():
        other.write_text(str(uuid.uuid4()), encoding="utf-8")
    old = other.read_text(encoding="utf-8")
    acme.deliver(
        acme.event("$create_alias", me, alias=old),
        acme.event("acme_started", me),
        acme.event("plugin_loaded", old),
    )
print("The answer is 42.")
