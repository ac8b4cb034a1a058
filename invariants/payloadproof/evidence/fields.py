"""PostHog's own fields, and the properties of an event, as the wire has them."""

from __future__ import annotations

from typing import Any

from payloadproof.evidence.history import Sent

# Keys of an event and of a batch that PostHog's own service reads; `type`, `library` and the like
# are what older SDKs add and the service ignores.
EVENT_KEYS = {
    *("event", "distinct_id", "properties", "timestamp", "uuid", "offset", "api_key", "token"),
    *("type", "library", "library_version", "messageId", "sent_at", "$set", "$set_once"),
}


PERSON_KEYS = ("$set", "$set_once")


EXCEPTION_LIST = "$exception_list"
EXCEPTION_KEYS = frozenset(
    {
        EXCEPTION_LIST,
        "$exception_fingerprint",
        "$exception_level",
        "$exception_type",
        "$exception_message",
    }
)


# posthog-python up to 7.7 at least says when it sent as `sentAt`, beside what the service reads.
ENVELOPE_KEYS = {"api_key", "token", "batch", "sent_at", "sentAt", "historical_migration"}
ENVELOPE_KEYS_V1 = {"created_at", "historical_migration", "capture_internal"}

# Fields of a query that PostHog's services read.
QUERY_KEYS = {
    *("data", "compression", "ver", "v", "_", "ip", "beacon", "token", "api_key", "retry_count"),
    *("config", "send_at", "only_evaluate_survey_feature_flags", "send_cohorts"),
}


def properties_of(sent: Sent) -> dict[str, Any]:
    """An event's properties, empty where there is no object."""
    properties = sent.event.properties
    return properties if isinstance(properties, dict) else {}


PROFILE = "$process_person_profile"


GEOIP = "$geoip_disable"
