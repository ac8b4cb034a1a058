"""What may leave, and nothing else.

Rule 1: deny by default. An event, a key or a value that no table here names is dropped.
Rule 2: values are constrained like keys, by shapes.py.
Rule 3: total. It reads the declared keys out of whatever it is given and never walks the rest, so
size, cycles and traps elsewhere cost nothing, and a hostile value loses at most itself (S6).
Rule 4: what comes out is a new dict of exact built-in values; the caller's object is not kept and
not changed (S7).
Rule 5: the tables are this file's own, not read from the contract: a typo in one place must not
hide in both.
"""

from __future__ import annotations

from collections.abc import Collection, KeysView, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from payloadproof_reference import report
from payloadproof_reference.shapes import (
    Primitive,
    Shape,
    count,
    day,
    epoch_ms,
    flag,
    model,
    number,
    one_of,
    slug,
    version,
)

Properties = dict[str, Primitive]
Kind = Literal["lifecycle", "direct", "rollup", "exception", "historical"]


def _names(text: str) -> KeysView[str]:
    """Names in their order, and soon found: each call asks for those that it brings."""
    return dict.fromkeys(text.split()).keys()


#: Every key that may ever leave, or be folded into one that does, with the shape of its value.
SHAPES: Mapping[str, Shape] = MappingProxyType(
    {
        **dict.fromkeys(
            _names("""
                backfilled chroma_available has_session_summary has_summary interactive is_ci
                is_update is_wsl respawn_triggered threshold_tripped
            """),
            flag,
        ),
        **dict.fromkeys(
            _names("""
                consecutive_failures consecutive_invalid_outputs count days_since_last_obs
                db_observation_count db_project_count db_session_count db_summary_count
                discovery_tokens heap_used_mb install_age_days obs_count_30d obs_count_7d
                obs_type_bugfix obs_type_decision obs_type_discovery obs_type_other
                obs_type_refactor observation_count observations_created outcomes_aborted
                outcomes_error outcomes_invalid_output outcomes_ok previous_uptime_seconds
                process_rss_mb project_count prompt_count read_tokens result_count
                session_completed_count session_count session_failed_count
                sessions_claude_count sessions_codex_count sessions_gemini_count
                sessions_other_platform_count subagent_obs_count summary_count
                timeline_depth_days tokens_injected tokens_input tokens_output
                tokens_saved_vs_naive total_observations_injected total_tokens
                total_tokens_input total_tokens_output total_tokens_saved_vs_naive
                uptime_seconds window_seq
            """),
            count,
        ),
        **dict.fromkeys(
            _names("""
                avg_compression_ms avg_duration_ms avg_tokens compression_ms compression_ratio
                cost_usd db_size_mb duration_ms total_cost_usd
            """),
            number,
        ),
        **dict.fromkeys(
            _names("arch endpoint error_category ide locale mode search_strategy"), slug
        ),
        **dict.fromkeys(_names("model top_model"), model),
        **dict.fromkeys(
            _names("""
                bun_version claude_code_version node_version os_version runtime_version
                uv_version version
            """),
            version,
        ),
        "first_active_date": day,
        "abort_reason": one_of(
            "idle", "shutdown", "overflow", "restart_guard", "quota", "poisoned", "none"
        ),
        "endpoint_class": one_of("openrouter", "custom"),
        "error_mode": one_of("worker_unavailable", "blocking_error"),
        "fallback_reason": one_of(
            "none", "chroma_connection", "chroma_error", "chroma_not_initialized"
        ),
        "hook": one_of("init", "ingest", "summarize"),
        "hook_type": one_of("context", "session-init", "observation", "summarize", "file-context"),
        "install_method": one_of("npm", "bun", "pnpm", "yarn"),
        "invalid_output_class": one_of("xml", "idle", "prose", "poisoned"),
        "observation_type": one_of("bugfix", "discovery", "decision", "refactor", "other"),
        "os": one_of("aix", "android", "darwin", "freebsd", "linux", "openbsd", "sunos", "win32"),
        "outcome": one_of(
            "ok",
            "error",
            "partial",
            "invalid_output",
            "aborted",
            "cancelled",
            "expired",
            "unreachable",
            "timeout",
        ),
        "previous_shutdown": one_of("crash", "clean", "unknown"),
        "provider": one_of("claude", "gemini", "openrouter"),
        "rollup_reason": one_of("session_end", "worker_shutdown", "safety_flush"),
        "runtime": one_of("bun", "node", "python"),
        "runtime_mode": one_of("worker", "server"),
        "shutdown_reason": one_of("stop", "restart", "signal"),
        "stage": one_of("awaiting_login", "awaiting_checkout", "awaiting_approval"),
        "trigger": one_of("start", "heartbeat"),
        "window_start_ts": epoch_ms,
    }
)

#: Stamped on every event except ``historical_activity``.
BASE = _names("""
    version os os_version is_wsl arch runtime runtime_version node_version is_ci locale
""")

#: All that ``$set`` may carry.
PERSON = _names("""
    version os os_version is_wsl arch runtime locale ide provider runtime_mode install_method
    claude_code_version first_active_date db_observation_count db_session_count db_summary_count
    db_project_count db_size_mb install_age_days obs_count_7d obs_count_30d days_since_last_obs
""")


@dataclass(frozen=True)
class Event:
    """One catalogued event."""

    kind: Kind
    properties: Collection[str]
    #: At most so many on one UTC day; ``None`` where its grain bounds it.
    ceiling: int | None = None
    #: Whether it may describe the installation (P1).
    profile: bool = False


def _event(kind: Kind, ceiling: int | None, properties: str) -> Event:
    carried = dict.fromkeys((*_names(properties), *BASE)).keys()
    # P1: lifecycle events, and the one historical event that carries the base properties.
    return Event(kind, carried, ceiling, profile=kind in {"lifecycle", "historical"})


_OBS_TYPES = "obs_type_bugfix obs_type_discovery obs_type_decision obs_type_refactor obs_type_other"

# A4: only catalogued event names.
EVENTS: Mapping[str, Event] = MappingProxyType(
    {
        "install_completed": _event(
            "lifecycle",
            48,
            """ide provider runtime_mode is_update outcome duration_ms interactive
            install_method bun_version uv_version claude_code_version""",
        ),
        "install_failed": _event(
            "lifecycle", 48, "error_category interactive install_method claude_code_version"
        ),
        "uninstall_completed": _event("lifecycle", 48, ""),
        "worker_started": _event(
            "lifecycle",
            48,
            """trigger duration_ms ide provider mode runtime_mode process_rss_mb heap_used_mb
            db_observation_count db_session_count db_summary_count db_project_count db_size_mb
            install_age_days obs_count_7d obs_count_30d days_since_last_obs previous_shutdown
            previous_uptime_seconds""",
        ),
        "worker_stopped": _event("direct", 48, "uptime_seconds shutdown_reason"),
        "search_performed": _event(
            "direct",
            1000,
            """endpoint outcome duration_ms result_count search_strategy chroma_available
            fallback_reason""",
        ),
        "hook_failed": _event(
            "direct", 200, "hook_type error_mode consecutive_failures threshold_tripped"
        ),
        "trial_email_submitted": _event("direct", 48, ""),
        "trial_link_sent": _event("direct", 48, "duration_ms"),
        "trial_activated": _event("direct", 48, "duration_ms"),
        "trial_poll_timeout": _event("direct", 48, "stage outcome duration_ms"),
        "error_occurred": _event("direct", 200, "error_category"),
        "observer_turn_rollup": _event(
            "rollup",
            None,
            f"""count total_tokens_input total_tokens_output total_cost_usd avg_duration_ms
            avg_compression_ms outcomes_ok outcomes_error outcomes_aborted
            outcomes_invalid_output observations_created {_OBS_TYPES} top_model
            window_start_ts rollup_reason window_seq""",
        ),
        "context_injected_rollup": _event(
            "rollup",
            289,
            """count total_tokens avg_tokens total_observations_injected
            total_tokens_saved_vs_naive outcomes_ok outcomes_error window_start_ts""",
        ),
        "historical_activity": Event(
            "historical",
            _names(
                f"""observation_count session_count summary_count prompt_count project_count
                {_OBS_TYPES} session_completed_count session_failed_count
                sessions_claude_count sessions_codex_count sessions_gemini_count
                sessions_other_platform_count subagent_obs_count discovery_tokens read_tokens
                tokens_saved_vs_naive backfilled"""
            ),
        ),
        "install_inferred": _event("historical", None, "first_active_date backfilled"),
        # Its text goes through a redaction of its own, never through these shapes.
        "$exception": _event("exception", 1200, "error_category"),
    }
)

#: What one occurrence may carry before it is folded. No occurrence is ever sent.
OCCURRENCES: Mapping[str, Collection[str]] = MappingProxyType(
    {
        "session_compressed": _names(
            f"""tokens_input tokens_output cost_usd duration_ms compression_ms
            compression_ratio outcome model count has_summary hook observation_type
            {_OBS_TYPES} provider ide endpoint_class invalid_output_class
            consecutive_invalid_outputs respawn_triggered abort_reason error_category"""
        ),
        "context_injected": _names(
            f"""outcome duration_ms tokens_injected tokens_saved_vs_naive observation_count
            session_count timeline_depth_days has_session_summary {_OBS_TYPES} mode
            search_strategy error_category"""
        ),
    }
)


_BUILT_IN = frozenset({bool, int, float, str})


def _exact(value: object) -> Primitive | None:
    """The value as an exact built-in, without running a method that its class overrides."""
    kind = type(value)
    if kind is bool or kind is int or kind is float or kind is str:
        return value  # type: ignore[return-value]  # just narrowed
    if issubclass(kind, str):
        return str.__str__(value)  # a subclass, such as a StrEnum
    if issubclass(kind, int):
        return int.__int__(value)  # type: ignore[arg-type]  # a subclass, such as an IntEnum
    if issubclass(kind, float):
        return float.__float__(value)  # type: ignore[arg-type]  # a subclass, such as numpy's
    return None


def _lookup(properties: object, key: str) -> object:
    if issubclass(type(properties), dict):
        # S7: a defaultdict would grow by the question.
        return dict.get(properties, key)  # type: ignore[call-overload]  # just narrowed
    return properties[key] if isinstance(properties, Mapping) else None


class Whitelist:
    """The tables, and the one way through them."""

    shapes: Mapping[str, Shape] = SHAPES
    events: Mapping[str, Event] = EVENTS
    occurrences: Mapping[str, Collection[str]] = OCCURRENCES
    people: Collection[str] = PERSON

    def event(self, name: object) -> Event | None:
        """The catalogue's entry, if there is one."""
        return self.events.get(name) if type(name) is str else None

    def scrub(self, event: str, properties: object) -> Properties:
        """What ``event`` declares, out of ``properties``, which may be anything at all."""
        return self._pick(properties, self.events[event].properties)

    def occurrence(self, name: str, properties: object) -> Properties:
        """What an occurrence may carry; an invalid number counts as absent (B2)."""
        return self._pick(properties, self.occurrences[name])

    def own(self, event: str, properties: object) -> dict[str, Any] | None:
        """What ``event`` carries besides primitives; ``None`` where that is not fit to leave."""
        return report.checked(properties) if self.events[event].kind == "exception" else {}

    def person(self, properties: object) -> Properties:
        """What may become part of a person profile."""
        return self._pick(properties, self.people)

    def fits(self, key: str, value: Primitive) -> bool:
        """Whether ``value`` has the shape of ``key``."""
        return self.shapes[key](value)

    def _pick(self, properties: object, keys: Collection[str]) -> Properties:
        kept: Properties = {}
        # A caller brings few of many. A plain dict runs nobody's code when it is listed (in one
        # step: another thread may add to it), nor do plain strings when they are looked for.
        plain = properties if type(properties) is dict else None
        few = plain is not None and len(plain) < len(keys)
        for key in tuple(plain) if few else keys:  # type: ignore[arg-type]  # few: it is a dict
            if type(key) is not str or key not in keys:
                continue
            try:
                value: Any = _lookup(properties, key) if plain is None else plain.get(key)
                if type(value) not in _BUILT_IN:
                    value = _exact(value)
                if value is not None and self.fits(key, value):
                    kept[key] = value
            except Exception:  # noqa: S112 - S1: hostile code runs in here; it loses this key
                continue
        return kept


WHITELIST = Whitelist()
