/**
 * What may be sent: a table of events, a table of keys, and one rule for the value of each key.
 *
 * Rule 1: deny by default. An event, key or value that no table allows is dropped.
 * Rule 2: the whitelist is walked, never the input, so that hostile input cannot steer the walk.
 * Rule 3: a value that does not fit is dropped whole; a cut secret is still half a secret.
 */
import { isIP } from "node:net";

const SLUG = /^[A-Za-z0-9][A-Za-z0-9._:+-]*$/;
const VERSION = /^[0-9][A-Za-z0-9.+-]*$/;
const MODEL = /^[A-Za-z0-9][A-Za-z0-9._:+-]*(?:\/[A-Za-z0-9][A-Za-z0-9._:+-]*)?$/;
// Keys, tokens, hashes and addresses are made of the characters of a slug, alone or beside a word.
const SECRETS = [
  /(?<![a-z0-9])(?:sk|pk|rk|ph[cx]|gh[opsu]|xox[abp]|akia|eyj)[-_a-z0-9]{12,}/i,
  /[0-9a-f]{20}/i,
  /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i,
];
const ADDRESSES = [
  /(?<![0-9.])(?:\d{1,3}\.){3}\d{1,3}(?![0-9.])/,
  /(?:[0-9a-f]{1,4}[:-]){5}|::/i,
];

const COUNT = (value) => Number.isSafeInteger(value) && value >= 0;
const NUMBER = (value) => Number.isFinite(value) && value >= 0;
const BOOL = (value) => typeof value === "boolean";
const shaped = (shape, length) => (value) =>
  typeof value === "string" && value.length <= length && shape.test(value);
const discreet = (rule, also = ADDRESSES) => (value) =>
  rule(value) && ![...SECRETS, ...also].some((secret) => secret.test(value));
const oneOf = (values) => {
  const known = new Set(names(values));
  return (value) => known.has(value);
};

const names = (list) => list.trim().split(/\s+/);
const RULES = new Map();
const allow = (rule, list) => names(list).forEach((key) => RULES.set(key, rule));

allow(BOOL, "is_wsl is_ci is_update interactive chroma_available threshold_tripped");
allow(NUMBER, `duration_ms compression_ms cost_usd db_size_mb total_cost_usd avg_duration_ms
  avg_compression_ms avg_tokens`);
allow(COUNT, `count observation_count obs_type_bugfix obs_type_discovery obs_type_decision
  obs_type_refactor obs_type_other tokens_injected tokens_saved_vs_naive tokens_input tokens_output
  db_observation_count db_session_count db_summary_count db_project_count install_age_days
  obs_count_7d obs_count_30d days_since_last_obs result_count previous_uptime_seconds
  uptime_seconds process_rss_mb heap_used_mb consecutive_failures total_tokens_input
  total_tokens_output outcomes_ok outcomes_error outcomes_aborted outcomes_invalid_output
  window_start_ts window_seq total_tokens observations_created total_observations_injected
  total_tokens_saved_vs_naive`);
allow(discreet(shaped(SLUG, 64)), "arch locale error_category endpoint ide mode search_strategy");
allow(discreet(shaped(MODEL, 100)), "model top_model");
// A kernel's release may begin like an address; four numbers and nothing else are one.
allow(discreet(shaped(VERSION, 64), [{ test: isIP }]), `version os_version runtime_version node_version bun_version uv_version
  claude_code_version`);
allow(oneOf("aix android darwin freebsd linux openbsd sunos win32"), "os");
allow(oneOf("node"), "runtime");
allow(oneOf(`ok error partial invalid_output aborted cancelled expired unreachable
  timeout`), "outcome");
allow(oneOf("claude gemini openrouter"), "provider");
allow(oneOf("worker server"), "runtime_mode");
allow(oneOf("start heartbeat"), "trigger");
allow(oneOf("npm bun pnpm yarn"), "install_method");
allow(oneOf("none chroma_connection chroma_error chroma_not_initialized"), "fallback_reason");
allow(oneOf("crash clean unknown"), "previous_shutdown");
allow(oneOf("stop restart signal"), "shutdown_reason");
allow(oneOf("awaiting_login awaiting_checkout awaiting_approval"), "stage");
allow(oneOf("context session-init observation summarize file-context"), "hook_type");
allow(oneOf("worker_unavailable blocking_error"), "error_mode");
allow(oneOf("session_end worker_shutdown safety_flush"), "rollup_reason");

const BASE = names(`version os os_version is_wsl arch runtime runtime_version node_version is_ci
  locale`);
const SNAPSHOT = `db_observation_count db_session_count db_summary_count db_project_count db_size_mb
  install_age_days obs_count_7d obs_count_30d days_since_last_obs`;
const OBSERVATIONS = `obs_type_bugfix obs_type_discovery obs_type_decision obs_type_refactor
  obs_type_other`;

const PERSON = names(`version os os_version is_wsl arch runtime locale ide provider runtime_mode
  install_method claude_code_version ${SNAPSHOT}`);

// Once in the life of an install or a process: the only events that build a person.
const LIFECYCLE = new Set([
  "install_completed", "install_failed", "uninstall_completed", "worker_started",
]);

const EVENTS = new Map(Object.entries({
  install_completed: names(`ide provider runtime_mode is_update outcome duration_ms interactive
    install_method bun_version uv_version claude_code_version`),
  install_failed: names("error_category interactive install_method claude_code_version"),
  uninstall_completed: [],
  worker_started: names(`trigger duration_ms ide provider mode runtime_mode process_rss_mb
    heap_used_mb previous_shutdown previous_uptime_seconds ${SNAPSHOT}`),
  worker_stopped: names("uptime_seconds shutdown_reason"),
  search_performed: names(`endpoint outcome duration_ms result_count search_strategy
    chroma_available fallback_reason`),
  hook_failed: names("hook_type error_mode consecutive_failures threshold_tripped"),
  trial_email_submitted: [],
  trial_link_sent: names("duration_ms"),
  trial_activated: names("duration_ms"),
  trial_poll_timeout: names("stage outcome duration_ms"),
  error_occurred: names("error_category"),
  observer_turn_rollup: names(`count total_tokens_input total_tokens_output total_cost_usd
    avg_duration_ms avg_compression_ms outcomes_ok outcomes_error outcomes_aborted
    outcomes_invalid_output observations_created top_model window_start_ts rollup_reason window_seq
    ${OBSERVATIONS}`),
  context_injected_rollup: names(`count total_tokens avg_tokens total_observations_injected
    total_tokens_saved_vs_naive outcomes_ok outcomes_error window_start_ts`),
}));

const ROLLUPS = new Set(["observer_turn_rollup", "context_injected_rollup"]);

// The most of an event that one process sends on one UTC day; a session's rollup has its own grain.
const CEILINGS = new Map(Object.entries({
  install_completed: 48, install_failed: 48, uninstall_completed: 48, worker_started: 48,
  worker_stopped: 48, search_performed: 1_000, hook_failed: 200, error_occurred: 200,
  trial_email_submitted: 48, trial_link_sent: 48, trial_activated: 48, trial_poll_timeout: 48,
  context_injected_rollup: 289, $exception: 1_200,
}));

/** The most characters of an error's type, message and stack. */
export const bounds = { type: 100, message: 500, stack: 2_048 };

export const EXCEPTION = "$exception";

const text = (length) => (value) => typeof value === "string" && value.length <= length;
const optional = (rule) => (value) => value === undefined || rule(value);
const either = (values) => (value) => values.includes(value);
const listOf = (length, rule) => (value) =>
  Array.isArray(value) && value.length <= length && value.every(rule);
const exactly = (fields) => (value) =>
  value !== null &&
  typeof value === "object" &&
  Object.keys(value).every((key) => Object.hasOwn(fields, key)) &&
  Object.entries(fields).every(([key, rule]) => rule(value[key]));

const FRAME = exactly({
  platform: either(["node:javascript"]), function: text(bounds.type), filename: text(bounds.type),
  lineno: optional(COUNT), in_app: BOOL,
});
const MECHANISM = exactly({
  type: either(["generic", "chained"]), handled: BOOL, synthetic: BOOL,
  exception_id: optional(COUNT), parent_id: optional(COUNT),
  source: optional(either(["cause", "member"])),
});
const LISTED = exactly({
  type: text(bounds.type), value: text(bounds.message), mechanism: MECHANISM,
  stacktrace: exactly({ type: either(["raw"]), frames: listOf(10, FRAME) }),
});

// Free text, which has been redacted: nobody but the pipeline itself may hand over any.
allow(text(bounds.type), "error_type");
allow(text(bounds.message), "error_message");
allow(text(bounds.stack), "error_stack");
allow(COUNT, "occurrence_count");
allow(listOf(10, LISTED), "$exception_list");
allow(either(["error"]), "$exception_level");

const CONTEXT = ["error_category"];
const REPORT = names(`error_type error_message error_stack occurrence_count $exception_list
  $exception_level`);

/** What a rollup adds up; everything else that an occurrence carries is forgotten at once. */
const OCCURRENCES = {
  session_compressed: names(`tokens_input tokens_output cost_usd duration_ms compression_ms outcome
    model count ${OBSERVATIONS}`),
  context_injected: names("outcome tokens_injected tokens_saved_vs_naive observation_count"),
};

/** Whether an event is made of records, and by nobody else. */
export function isRollup(event) {
  return ROLLUPS.has(event);
}

/** What may be sent of `properties` and `base` with `event`; null for an event that may not be. */
export function lawful(event, properties, base) {
  const keys = EVENTS.get(event);
  if (!keys) return null;
  const kept = { ...scrub(keys, properties), ...scrub(BASE, base) };
  return LIFECYCLE.has(event)
    ? { ...kept, $set: scrub(PERSON, kept) }
    : { ...kept, $process_person_profile: false };
}

/** The same of an error that was redacted; `lawful` knows no such event. */
export function lawfulError(report, base) {
  const kept = { ...scrub([...CONTEXT, ...REPORT], report), ...scrub(BASE, base) };
  return { ...kept, $process_person_profile: false };
}

/** What a caller may say of an error. */
export function errorContext(properties) {
  return scrub(CONTEXT, properties);
}

/** How often an event may be sent on one UTC day. */
export function ceiling(event) {
  return CEILINGS.get(event) ?? Infinity;
}

/** The part of an occurrence that can be added up. */
export function countable(occurrence, properties) {
  return scrub(OCCURRENCES[occurrence], properties);
}

function scrub(keys, properties) {
  const source = Object(properties);
  const kept = {};
  for (const key of keys) {
    try {
      const value = source[key];
      if (RULES.get(key)(value)) kept[key] = value;
    } catch {
      // A property that cannot be read is lost, and no other with it.
    }
  }
  return kept;
}
