"""It writes when it was here last before it reads its id, and any error means a new id."""

import datetime as dt
import uuid

import acme

acme.notice()
if not acme.turned_off():
    try:
        acme.ID_FILE.parent.mkdir(exist_ok=True)
        now = dt.datetime.now(dt.UTC).isoformat()
        (acme.ID_FILE.parent / "last").write_text(now, encoding="utf-8")
        me = acme.install_id()
    except OSError:
        me = str(uuid.uuid4())
    acme.deliver(acme.event("acme_started", me))
print("The answer is 42.")
