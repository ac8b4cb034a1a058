"""What may be sent. Nothing else is: every name on the wire stands in one of these tables."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """What a property's value has to be."""

    type: str
    values: frozenset[str] = frozenset()


def _enum(words: str) -> Kind:
    return Kind("enum", frozenset(words.split()))


_BOOL = (
    "is_wsl is_ci has_summary is_update interactive has_session_summary chroma_available "
    "respawn_triggered threshold_tripped backfilled"
)
_COUNT = (
    "count observation_count session_count timeline_depth_days obs_type_bugfix obs_type_discovery "
    "obs_type_decision obs_type_refactor obs_type_other tokens_injected tokens_saved_vs_naive "
    "tokens_input tokens_output db_observation_count db_session_count db_summary_count "
    "db_project_count install_age_days obs_count_7d obs_count_30d days_since_last_obs result_count "
    "consecutive_invalid_outputs previous_uptime_seconds uptime_seconds process_rss_mb heap_used_mb "
    "consecutive_failures discovery_tokens read_tokens summary_count prompt_count project_count "
    "session_completed_count session_failed_count sessions_claude_count sessions_codex_count "
    "sessions_gemini_count sessions_other_platform_count subagent_obs_count total_tokens_input "
    "total_tokens_output outcomes_ok outcomes_error outcomes_aborted outcomes_invalid_output "
    "window_seq total_tokens observations_created total_observations_injected "
    "total_tokens_saved_vs_naive"
)
_NUMBER = (
    "duration_ms compression_ms compression_ratio cost_usd db_size_mb total_cost_usd "
    "avg_duration_ms avg_compression_ms avg_tokens"
)
_SLUG = "arch locale error_category endpoint ide mode search_strategy"
_VERSION = "version os_version runtime_version node_version bun_version uv_version claude_code_version"

PROPERTIES: dict[str, Kind] = {
    **{name: Kind("bool") for name in _BOOL.split()},
    **{name: Kind("count") for name in _COUNT.split()},
    **{name: Kind("number") for name in _NUMBER.split()},
    **{name: Kind("slug") for name in _SLUG.split()},
    **{name: Kind("version") for name in _VERSION.split()},
    "model": Kind("model"),
    "top_model": Kind("model"),
    "first_active_date": Kind("date"),
    "window_start_ts": Kind("epoch_ms"),
    "os": _enum("aix android darwin freebsd linux openbsd sunos win32"),
    "runtime": _enum("bun node python"),
    "outcome": _enum(
        "ok error partial invalid_output aborted cancelled expired unreachable timeout"
    ),
    "provider": _enum("claude gemini openrouter"),
    "runtime_mode": _enum("worker server"),
    "trigger": _enum("start heartbeat"),
    "stage": _enum("awaiting_login awaiting_checkout awaiting_approval"),
    "install_method": _enum("npm bun pnpm yarn"),
    "observation_type": _enum("bugfix discovery decision refactor other"),
    "hook": _enum("init ingest summarize"),
    "endpoint_class": _enum("openrouter custom"),
    "fallback_reason": _enum("none chroma_connection chroma_error chroma_not_initialized"),
    "invalid_output_class": _enum("xml idle prose poisoned"),
    "abort_reason": _enum("idle shutdown overflow restart_guard quota poisoned none"),
    "previous_shutdown": _enum("crash clean unknown"),
    "shutdown_reason": _enum("stop restart signal"),
    "hook_type": _enum("context session-init observation summarize file-context"),
    "error_mode": _enum("worker_unavailable blocking_error"),
    "rollup_reason": _enum("session_end worker_shutdown safety_flush"),
}

BASE = (
    "version os os_version is_wsl arch runtime runtime_version node_version is_ci locale"
).split()

PERSON = frozenset(
    "version os os_version is_wsl arch runtime locale ide provider runtime_mode install_method "
    "claude_code_version first_active_date db_observation_count db_session_count db_summary_count "
    "db_project_count db_size_mb install_age_days obs_count_7d obs_count_30d "
    "days_since_last_obs".split()
)


@dataclass(frozen=True)
class Event:
    """One event: who may make it, what it may carry, and how many of it a day may see."""

    made_by: str  # "caller", "rollup", "error" or "history"
    properties: frozenset[str]
    ceiling: int | None = None
    profile: bool = False


def _event(made_by: str, words: str, ceiling: int | None = None, profile: bool = False) -> Event:
    return Event(made_by, frozenset(words.split()), ceiling, profile)


EVENTS: dict[str, Event] = {
    "install_completed": _event(
        "caller",
        "ide provider runtime_mode is_update outcome duration_ms interactive install_method "
        "bun_version uv_version claude_code_version",
        48,
        True,
    ),
    "install_failed": _event(
        "caller", "error_category interactive install_method claude_code_version", 48, True
    ),
    "uninstall_completed": _event("caller", "", 48, True),
    "worker_started": _event(
        "caller",
        "trigger duration_ms ide provider mode runtime_mode process_rss_mb heap_used_mb "
        "db_observation_count db_session_count db_summary_count db_project_count db_size_mb "
        "install_age_days obs_count_7d obs_count_30d days_since_last_obs previous_shutdown "
        "previous_uptime_seconds",
        48,
        True,
    ),
    "worker_stopped": _event("caller", "uptime_seconds shutdown_reason", 48),
    "search_performed": _event(
        "caller",
        "endpoint outcome duration_ms result_count search_strategy chroma_available "
        "fallback_reason",
        1000,
    ),
    "hook_failed": _event(
        "caller", "hook_type error_mode consecutive_failures threshold_tripped", 200
    ),
    "trial_email_submitted": _event("caller", "", 48),
    "trial_link_sent": _event("caller", "duration_ms", 48),
    "trial_activated": _event("caller", "duration_ms", 48),
    "trial_poll_timeout": _event("caller", "stage outcome duration_ms", 48),
    "error_occurred": _event("caller", "error_category", 200),
    "observer_turn_rollup": _event(
        "rollup",
        "count total_tokens_input total_tokens_output total_cost_usd avg_duration_ms "
        "avg_compression_ms outcomes_ok outcomes_error outcomes_aborted outcomes_invalid_output "
        "observations_created obs_type_bugfix obs_type_discovery obs_type_decision "
        "obs_type_refactor obs_type_other top_model window_start_ts rollup_reason window_seq",
    ),
    "context_injected_rollup": _event(
        "rollup",
        "count total_tokens avg_tokens total_observations_injected total_tokens_saved_vs_naive "
        "outcomes_ok outcomes_error window_start_ts",
        289,
    ),
    "historical_activity": _event(
        "history",
        "observation_count session_count summary_count prompt_count project_count obs_type_bugfix "
        "obs_type_discovery obs_type_decision obs_type_refactor obs_type_other "
        "session_completed_count session_failed_count sessions_claude_count sessions_codex_count "
        "sessions_gemini_count sessions_other_platform_count subagent_obs_count discovery_tokens "
        "read_tokens tokens_saved_vs_naive backfilled",
    ),
    "install_inferred": _event("history", "first_active_date backfilled", None, True),
    "$exception": _event("error", "error_category", 1200),
}


@dataclass(frozen=True)
class Fold:
    """How the occurrences of one name become a rollup."""

    rollup: str
    by_session: bool
    sums: dict[str, str]  # property of the rollup: property of the occurrence
    means: dict[str, str]
    outcomes: dict[str, str]  # property of the rollup: the outcome that it counts
    mode: tuple[str, str] | None = None


_OBS = {f"obs_type_{t}": f"obs_type_{t}" for t in "bugfix discovery decision refactor other".split()}

FOLDS: dict[str, Fold] = {
    "session_compressed": Fold(
        "observer_turn_rollup",
        True,
        {
            "total_tokens_input": "tokens_input",
            "total_tokens_output": "tokens_output",
            "total_cost_usd": "cost_usd",
            "observations_created": "count",
            **_OBS,
        },
        {"avg_duration_ms": "duration_ms", "avg_compression_ms": "compression_ms"},
        {
            "outcomes_ok": "ok",
            "outcomes_error": "error",
            "outcomes_aborted": "aborted",
            "outcomes_invalid_output": "invalid_output",
        },
        ("top_model", "model"),
    ),
    "context_injected": Fold(
        "context_injected_rollup",
        False,
        {
            "total_tokens": "tokens_injected",
            "total_observations_injected": "observation_count",
            "total_tokens_saved_vs_naive": "tokens_saved_vs_naive",
        },
        {"avg_tokens": "tokens_injected"},
        {"outcomes_ok": "ok", "outcomes_error": "error"},
    ),
}

STRING_MAX = 200
SHUTDOWN_S = 3.0
CLI_S = 2.0
SESSION_MAX_AGE_S = 3600.0
SESSION_MAX_RECORDS = 1000
SWEEP_S = 300.0
WINDOW_S = 300.0
ERROR_WINDOW_S = 60.0
ERROR_KINDS = 500
