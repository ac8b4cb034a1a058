/**
 * A consent-first telemetry pipeline on posthog-node, small enough to read at one sitting.
 *
 * Rule 1: no public method throws, blocks, waits for the network (but `flush` and `shutdown`, which
 * are bounded) or prints.
 * Rule 2: consent is asked before anything else. Off drops what comes in and what is held.
 * Rule 3: what happens often is folded: one rollup per session, one per five minutes. What is sent
 * one by one has a ceiling for each day.
 */
import os from "node:os";

import { Ceilings } from "./ceilings.mjs";
import { Consent } from "./consent.mjs";
import { Errors } from "./errors.mjs";
import { SessionRollup, WindowRollup } from "./rollup.mjs";
import { Transport } from "./transport.mjs";
import {
  ceiling, countable, errorContext, EXCEPTION, isRollup, lawful, lawfulError,
} from "./whitelist.mjs";

export const VERSION = "0.1.0";

const HOUSEKEEPING_MS = 10_000;
const SWEEP_MS = 300_000;
const WINDOW_MS = 300_000;
const SESSION_MAX_AGE_MS = 3_600_000;
const SESSION_MAX_RECORDS = 1_000;
const SESSIONS_MAX = 10_000;
const FLUSH_MS = 10_000;
const SHUTDOWN_MS = 3_000;

const SYSTEM_CLOCK = {
  now: () => Date.now(),
  every(ms, run) {
    const timer = setInterval(run, ms);
    timer.unref(); // telemetry does not keep a program alive
    return () => clearInterval(timer);
  },
};

export class Pipeline {
  #env;
  #clock;
  #consent;
  #timers;
  #sessions = new Map();
  #window = null;
  #ceilings;
  #errors;
  #transport = null;
  #closed = false;
  #end = null;

  /**
   * `env` is read on each call. Without CLAUDE_MEM_TELEMETRY_HOST and _KEY nothing is sent: an
   * example has no project of its own. `clock` has `now()`, in epoch milliseconds, and
   * `every(ms, run)`, which returns what cancels it.
   */
  constructor(env, clock = SYSTEM_CLOCK) {
    this.#env = env;
    this.#clock = clock;
    this.#consent = new Consent(env);
    this.#ceilings = new Ceilings(env, clock);
    this.#errors = new Errors(env, clock, (report) => this.#quietly(() => this.#sendError(report)));
    this.#timers = [
      clock.every(HOUSEKEEPING_MS, () => this.#quietly(() => this.#housekeep())),
      clock.every(SWEEP_MS, () => this.#quietly(() => this.#sweep())),
    ];
  }

  /** Sends one event. Its kind says whether it builds a person, not its caller. */
  capture(event, properties) {
    // A rollup is made of records: nobody captures one.
    if (!isRollup(event)) this.#quietly(() => this.#sendOwn(event, properties));
  }

  /** Sends one error, redacted, unless an equal one was sent within the minute. */
  exception(error, properties, { handled = true } = {}) {
    this.#quietly(() => {
      if (this.#errors.enabled) {
        this.#errors.occurred(error, errorContext(properties), { handled });
      }
    });
  }

  /** Folds one occurrence: `session_compressed` by session, `context_injected` by window. */
  record(occurrence, properties, session) {
    this.#quietly(() => {
      if (occurrence === "session_compressed") this.#recordInSession(properties, session);
      else if (occurrence === "context_injected") this.#recordInWindow(properties);
    });
  }

  /** The session is over: its rollup is due. An id that is not known is nobody's. */
  endSession(session) {
    this.#quietly(() => this.#closeSession(session, "session_end"));
  }

  /** For a status command: `{ on, layer }`, the layer being the one that decides. */
  consent() {
    return this.#consent.explain();
  }

  /** Waits until what was sent is delivered; closes no window and ends no session. */
  async flush() {
    if (this.#permitted()) await this.#transport?.deliver(FLUSH_MS);
  }

  /** Drains, delivers and closes, within three seconds. Later calls do nothing. */
  shutdown() {
    return (this.#end ??= this.#shutdown());
  }

  /** Ends without a word: nothing held is sent, and nothing stays behind. */
  abandon() {
    this.#closed = true;
    for (const cancel of this.#timers) cancel();
    this.#errors.stop();
    this.#forget();
  }

  async #shutdown() {
    this.#quietly(() => {
      for (const session of [...this.#sessions.keys()]) {
        this.#closeSession(session, "worker_shutdown");
      }
      this.#closeWindow();
      this.#errors.drain();
    });
    // Closed before the wait: what arrives during it would be promised and then cut off.
    this.#closed = true;
    await this.#transport?.deliver(SHUTDOWN_MS);
    this.abandon();
  }

  #quietly(action) {
    try {
      if (this.#permitted()) action();
    } catch {
      // Telemetry is never the reason why a program fails.
    }
  }

  #permitted() {
    return !this.#closed && this.#consented();
  }

  #consented() {
    if (this.#consent.granted()) return true;
    this.#forget();
    return false;
  }

  // The client goes too: what it has queued was captured before the user said no.
  #forget() {
    this.#sessions.clear();
    this.#window = null;
    this.#errors.clear();
    this.#transport?.shut();
    this.#transport = null;
  }

  #recordInSession(properties, session) {
    if (!Number.isSafeInteger(session)) return;
    let rollup = this.#sessions.get(session);
    if (!rollup) {
      // Sessions that never end must not fill the memory either.
      if (this.#sessions.size >= SESSIONS_MAX) return;
      this.#sessions.set(session, (rollup = new SessionRollup()));
    }
    rollup.add(countable("session_compressed", properties), this.#clock.now());
  }

  #recordInWindow(properties) {
    this.#closeWindowIfDue();
    this.#window ??= new WindowRollup(this.#clock.now());
    this.#window.add(countable("context_injected", properties));
  }

  #closeSession(session, reason) {
    const rollup = this.#sessions.get(session)?.close(reason);
    this.#sessions.delete(session);
    if (rollup) this.#sendOwn("observer_turn_rollup", rollup);
  }

  #closeWindow() {
    const rollup = this.#window?.close();
    this.#window = null;
    if (rollup) this.#sendOwn("context_injected_rollup", rollup);
  }

  #closeWindowIfDue() {
    if (!this.#window) return;
    // Below 0 the clock was set back: the window would stay open for that much longer.
    const age = this.#window.ageMs(this.#clock.now());
    if (age < 0 || age >= WINDOW_MS) this.#closeWindow();
  }

  #housekeep() {
    this.#closeWindowIfDue();
    void this.#transport?.deliver(FLUSH_MS);
  }

  // The session goes on, and so does its sequence; only its sums are sent.
  #sweep() {
    for (const rollup of this.#sessions.values()) {
      const old = rollup.ageMs(this.#clock.now()) >= SESSION_MAX_AGE_MS;
      if (old || rollup.records >= SESSION_MAX_RECORDS) {
        const sums = rollup.close("safety_flush");
        if (sums) this.#sendOwn("observer_turn_rollup", sums);
      }
    }
  }

  #sendOwn(event, properties) {
    this.#send(event, lawful(event, properties, this.#base()));
  }

  #sendError(report) {
    if (this.#errors.enabled) this.#send(EXCEPTION, lawfulError(report, this.#base()));
  }

  #send(event, kept) {
    const debug = this.#env.CLAUDE_MEM_TELEMETRY_DEBUG === "1";
    if (!kept || !this.#ceilings.admit(event, ceiling(event), { written: !debug })) return;
    if (debug) {
      process.stderr.write(`[telemetry] ${JSON.stringify({ event, properties: kept })}\n`);
      return;
    }
    const host = this.#env.CLAUDE_MEM_TELEMETRY_HOST;
    const key = this.#env.CLAUDE_MEM_TELEMETRY_KEY;
    if (!host || !key) return;
    this.#transport ??= new Transport({ host, key, mayLeave: () => this.#consented() });
    this.#transport.send({
      distinctId: this.#consent.installId(),
      event,
      properties: kept,
      timestamp: new Date(this.#clock.now()),
    });
  }

  #base() {
    return {
      version: VERSION,
      os: process.platform,
      os_version: os.release(),
      is_wsl: os.release().toLowerCase().includes("microsoft"),
      arch: process.arch,
      runtime: "node",
      runtime_version: process.versions.node,
      node_version: process.versions.node,
      is_ci: Boolean(this.#env.CI),
      locale: Intl.DateTimeFormat().resolvedOptions().locale,
    };
  }
}
