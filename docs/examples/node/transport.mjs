/**
 * The one door to the network: posthog-node, with a lock of ours on it.
 *
 * Rule 1: no request begins without consent, nor after the door is shut.
 * Rule 2: waiting has an end: the SDK's own shutdown could begin requests after it gave up.
 * Rule 3: nothing is printed: the SDK reports failures of its background flushes on the console.
 */
import { PostHog } from "posthog-node";

import { EXCEPTION, lawful, lawfulError } from "./whitelist.mjs";

class QuietPostHog extends PostHog {
  // What the SDK calls when its queue is long; without this its failures reach the console.
  async flushAutomatic() {
    await super.flushAutomatic().catch(() => {});
  }
}

export class Transport {
  #client;
  #shut = new AbortController();
  #mayLeave;
  #sent = 0;
  #delivered = 0;

  /** `mayLeave` is asked before each request, retries included. */
  constructor({ host, key, mayLeave }) {
    this.#mayLeave = mayLeave;
    this.#client = new QuietPostHog(key, {
      host,
      flushInterval: 0, // the pipeline's clock says when
      requestTimeout: 3_000,
      fetchRetryDelay: 500,
      disableGeoip: false, // a coarse place is wanted, and the contract says so
      fetch: (url, options) => this.#fetch(url, options),
      before_send: lastCheck,
    });
  }

  send({ distinctId, event, properties, timestamp }) {
    this.#sent += 1;
    this.#client.capture({ distinctId, event, properties, timestamp });
  }

  /** Resolves when all that was sent so far is delivered or given up, after `ms` at the latest. */
  async deliver(ms) {
    const upTo = this.#sent;
    if (this.#delivered >= upTo) return;
    const flushed = this.#client.flush().then(
      () => (this.#delivered = upTo),
      () => {}, // what can be sent again is still in the SDK's queue
    );
    let timer;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, ms);
      timer.unref();
    });
    await Promise.race([flushed, late]);
    clearTimeout(timer);
  }

  /** Nothing leaves any more; what is under way is cut off. */
  shut() {
    this.#shut.abort();
  }

  async #fetch(url, options) {
    if (this.#shut.signal.aborted || !this.#mayLeave()) {
      // A refusal that the SDK does not retry: it forgets the batch.
      return new Response(null, { status: 400 });
    }
    const signal = AbortSignal.any([options.signal, this.#shut.signal]);
    // A redirection would carry the events to a host that nobody configured.
    return fetch(url, { ...options, signal, redirect: "manual" });
  }
}

// The last door: whatever the SDK has mixed in by now passes the whitelist again, or nothing does.
function lastCheck(message) {
  try {
    const { distinctId, event, timestamp, uuid } = message;
    const { properties: all } = message;
    const properties = event === EXCEPTION ? lawfulError(all, all) : lawful(event, all, all);
    return properties && { distinctId, event, timestamp, uuid, properties };
  } catch {
    return null;
  }
}
