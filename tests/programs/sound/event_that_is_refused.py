"""An event has its id among its properties, which PostHog takes as well."""

import acme

acme.notice()
if not acme.turned_off():
    me = acme.install_id()
    bare = acme.event("acme_measured", me)
    del bare["distinct_id"]
    bare["properties"] = {"distinct_id": me, "version": "1.4.0"}
    acme.deliver(acme.event("acme_started", me), bare)
print("The answer is 42.")
