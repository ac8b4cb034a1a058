/**
 * Sums instead of records: a rollup costs the same after one occurrence or a million.
 */
const MODELS_MAX = 1_000;

class Tally {
  records = 0;
  #sums = new Map();
  #carriers = new Map();
  #outcomes = new Map();
  #models = new Map();

  constructor(startedMs) {
    this.startedMs = startedMs;
  }

  /** `occurrence` has passed the whitelist: its numbers are finite. */
  add(occurrence) {
    this.records += 1;
    for (const [key, value] of Object.entries(occurrence)) {
      if (typeof value !== "number") continue;
      bump(this.#sums, key, value);
      bump(this.#carriers, key);
    }
    if (occurrence.outcome) bump(this.#outcomes, occurrence.outcome);
    const { model } = occurrence;
    if (model && (this.#models.has(model) || this.#models.size < MODELS_MAX)) {
      bump(this.#models, model);
    }
  }

  sum(key) {
    return this.#sums.get(key) ?? 0;
  }

  /** Over the records that carried the value; 0 without any. */
  mean(key) {
    return this.#carriers.has(key) ? this.sum(key) / this.#carriers.get(key) : 0;
  }

  outcomes(name) {
    return this.#outcomes.get(name) ?? 0;
  }

  topModel() {
    let top;
    for (const entry of this.#models) if (!top || entry[1] > top[1]) top = entry;
    return top?.[0];
  }
}

export class SessionRollup {
  #tally = null;
  #sequence = 0;

  add(occurrence, nowMs) {
    this.#tally ??= new Tally(nowMs);
    this.#tally.add(occurrence);
  }

  get records() {
    return this.#tally?.records ?? 0;
  }

  ageMs(nowMs) {
    return this.#tally ? nowMs - this.#tally.startedMs : 0;
  }

  /** What is due, or null when nothing was recorded since the last time. */
  close(reason) {
    const tally = this.#tally;
    if (!tally) return null;
    this.#tally = null;
    return {
      count: tally.records,
      total_tokens_input: tally.sum("tokens_input"),
      total_tokens_output: tally.sum("tokens_output"),
      total_cost_usd: tally.sum("cost_usd"),
      avg_duration_ms: tally.mean("duration_ms"),
      avg_compression_ms: tally.mean("compression_ms"),
      outcomes_ok: tally.outcomes("ok"),
      outcomes_error: tally.outcomes("error"),
      outcomes_aborted: tally.outcomes("aborted"),
      outcomes_invalid_output: tally.outcomes("invalid_output"),
      observations_created: tally.sum("count"),
      obs_type_bugfix: tally.sum("obs_type_bugfix"),
      obs_type_discovery: tally.sum("obs_type_discovery"),
      obs_type_decision: tally.sum("obs_type_decision"),
      obs_type_refactor: tally.sum("obs_type_refactor"),
      obs_type_other: tally.sum("obs_type_other"),
      top_model: tally.topModel(),
      window_start_ts: tally.startedMs,
      rollup_reason: reason,
      window_seq: this.#sequence++,
    };
  }
}

export class WindowRollup {
  #tally;

  constructor(startedMs) {
    this.#tally = new Tally(startedMs);
  }

  add(occurrence) {
    this.#tally.add(occurrence);
  }

  ageMs(nowMs) {
    return nowMs - this.#tally.startedMs;
  }

  close() {
    const tally = this.#tally;
    return {
      count: tally.records,
      total_tokens: tally.sum("tokens_injected"),
      avg_tokens: tally.mean("tokens_injected"),
      total_observations_injected: tally.sum("observation_count"),
      total_tokens_saved_vs_naive: tally.sum("tokens_saved_vs_naive"),
      outcomes_ok: tally.outcomes("ok"),
      outcomes_error: tally.outcomes("error"),
      window_start_ts: tally.startedMs,
    };
  }
}

function bump(map, key, by = 1) {
  map.set(key, (map.get(key) ?? 0) + by);
}
