/**
 * Time that stands still until it is told to pass. Timers fire in order, each at its own time.
 * Network deadlines are no business of this clock: they stay real.
 */
const ASLEEP_MS = 86_400_000;

export class VirtualClock {
  #now;
  #moved;
  #timers = new Set();

  /** `moved` is told of every new time; both are epoch milliseconds. */
  constructor(nowMs, moved = () => {}) {
    this.#moved = moved;
    this.#set(nowMs);
  }

  now() {
    return this.#now;
  }

  /** Calls `run` every `ms`; returns what cancels it. */
  every(ms, run) {
    return this.#add({ due: this.#now + ms, period: Math.max(1, ms), run });
  }

  /** Calls `run` once, after `ms`; returns what cancels it. */
  after(ms, run) {
    return this.#add({ due: this.#now + ms, run });
  }

  /**
   * A timer that throws does not stop the others; the first thing thrown comes out at the end.
   * More than a day is a machine that slept: each timer runs once, as it wakes.
   */
  async advance(ms) {
    const end = this.#now + ms;
    const thrown = [];
    if (ms > ASLEEP_MS) this.#oversleep(end);
    for (let timer; (timer = this.#next(end)); ) {
      this.#set(timer.due);
      if (timer.period) timer.due += timer.period;
      else this.#timers.delete(timer);
      try {
        timer.run();
      } catch (fault) {
        thrown.push(fault);
      }
      // What the timer set off and does not wait for anything still belongs to its time.
      await new Promise(setImmediate);
    }
    this.#set(end);
    if (thrown.length > 0) throw thrown[0];
  }

  /** Timers count what passes, not what the clock shows: each is as far away as before. */
  set(nowMs) {
    const step = nowMs - this.#now;
    for (const timer of this.#timers) timer.due += step;
    this.#set(nowMs);
  }

  #oversleep(end) {
    this.#set(end);
    for (const timer of this.#timers) timer.due = Math.max(end, timer.due);
  }

  #add(timer) {
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  #next(end) {
    let next;
    for (const timer of this.#timers) {
      if (timer.due <= end && !(next?.due <= timer.due)) next = timer;
    }
    return next;
  }

  #set(nowMs) {
    this.#now = nowMs;
    this.#moved(nowMs);
  }
}
