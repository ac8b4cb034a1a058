"""What PostHog's own packages say by themselves: stamps, and the keys of PostHog's own events.

Rule 1: a key is known here when it says nothing of a person by itself. What people type, what a
model answers and where a file lies is not: whoever sends it has to declare it.
Rule 2: an event is never allowed by being known: the contract lists it, or it is undeclared.

Source: posthog-python 7.x, posthog-node 5.x and posthog-js 1.449.2 as they send; PostHog's manual
of LLM analytics.
"""

from __future__ import annotations

from typing import Final, Literal

Sdk = Literal["python", "node", "web"]

STAMPS: Final[dict[Sdk, frozenset[str]]] = {
    "python": frozenset(
        {
            *("$lib", "$lib_version", "$is_server", "$os", "$os_version", "$os_distro"),
            *("$python_runtime", "$python_version"),
        }
    ),
    "node": frozenset({"$lib", "$lib_version", "$is_server"}),
    # Where somebody is on a page, since when and from where is not here: `stamps` has to list it.
    "web": frozenset(
        {
            *("token", "distinct_id"),  # where a web event has its key, and whose it is
            *("$lib", "$lib_version", "$lib_custom_api_host", "$lib_rate_limit_remaining_tokens"),
            *("$browser", "$browser_version", "$browser_type", "$browser_language"),
            *("$browser_language_prefix", "$os", "$os_version", "$device_type"),
            *("$screen_height", "$screen_width", "$viewport_height", "$viewport_width"),
            *("$insert_id", "$time", "$initialization_time", "$is_identified"),
            *("$config_defaults", "$configured_session_timeout_ms", "$recording_status"),
            *("$sdk_dist_channel", "$sdk_debug_extensions_init_method"),
            *("$sdk_debug_extensions_init_time_ms", "$sdk_debug_retry_queue_size"),
        }
    ),
}

#: Beside what an event of PostHog's own is about, by its name. Persons have clauses of their own.
KEYS: Final[dict[str, frozenset[str]]] = {
    "$identify": frozenset({"$anon_distinct_id"}),
    "$create_alias": frozenset({"alias", "distinct_id"}),
    "$groupidentify": frozenset({"$group_type", "$group_key", "$group_set"}),
    "$feature_flag_called": frozenset(
        {
            *("$feature_flag", "$feature_flag_response", "$feature_flag_request_id"),
            *("$feature_flag_id", "$feature_flag_version", "$feature_flag_reason"),
            *("$feature_flag_evaluated_at", "locally_evaluated"),
        }
    ),
}
#: Keys whose value is a table, or a list.
TABLES: Final = frozenset({"$group_set", "$active_feature_flags"})

AI_EVENTS: Final = frozenset(
    {"$ai_generation", "$ai_trace", "$ai_span", "$ai_embedding", "$ai_metric", "$ai_feedback"}
)
AI_KEYS: Final = frozenset(
    {
        *("$ai_trace_id", "$ai_span_id", "$ai_parent_id", "$ai_span_type", "$ai_session_id"),
        *("$ai_model", "$ai_provider", "$ai_framework", "$ai_lib", "$ai_lib_version"),
        *("$ai_latency", "$ai_http_status", "$ai_is_error", "$ai_stop_reason", "$ai_stream"),
        *("$ai_input_tokens", "$ai_output_tokens", "$ai_total_tokens", "$ai_reasoning_tokens"),
        *("$ai_cache_read_input_tokens", "$ai_cache_creation_input_tokens", "$ai_tokens_source"),
        *("$ai_cache_reporting_exclusive", "$ai_web_search_count", "$ai_service_tier"),
        *("$ai_input_cost_usd", "$ai_output_cost_usd", "$ai_total_cost_usd"),
        *("$ai_temperature", "$ai_max_tokens", "$ai_response_id", "$ai_error_type"),
    }
)
#: What these hold, for who finds one that nobody declared.
DANGEROUS: Final[dict[str, str]] = {
    **dict.fromkeys(("$ai_input", "$ai_input_state"), "what people said to a model"),
    **dict.fromkeys(
        ("$ai_output", "$ai_output_choices", "$ai_output_state"), "what a model answered"
    ),
    **dict.fromkeys(
        ("$ai_tools", "$ai_instructions", "$ai_mcp_data", "$ai_span_data", "$ai_custom_data"),
        "what a model was given to work with",
    ),
    "$ai_error": "the text of an error",
    "$ai_base_url": "an address that may be somebody's own",
    "$current_url": "an address with its query",
    "$ip": "the address of a machine",
    "$anon_distinct_id": "another id of the same person",
    "$group_key": "the name of a group of people, as of a company",
    "$group_set": "what is said of a group of people",
}


def keys_of(event: str) -> frozenset[str]:
    """The keys of an event of PostHog's own that say nothing of a person by themselves."""
    if event in AI_EVENTS:
        return AI_KEYS
    return KEYS.get(event, frozenset())
