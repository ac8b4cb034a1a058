/**
 * How often one kind of thing is said, and how many times it happened meanwhile.
 *
 * Rule 1: the first of a key is said at once, as one, and opens a window. What follows within the
 * window is counted; when the window closes, the count is given out and the next window begins. A
 * window that closes with nothing counted is gone.
 * Rule 2: a window is never evicted for another. When there is no room, further keys share one.
 * Rule 3: whether to say a thing is decided before anything is done about it: `describe` is called
 * for what is said, once, and not for what is counted.
 * Rule 4: a window is a timer, so that a clock that is set closes none early.
 */
const WINDOW_MS = 60_000;
const KEYS_MAX = 500;

/** The key that all keys share for which there was no room. */
export const OVERFLOW = Symbol("overflow");

export class Limiter {
  #clock;
  #say;
  #open = new Map();

  /** `say` is given what `describe` made, and how many it stands for. */
  constructor(clock, say) {
    this.#clock = clock;
    this.#say = say;
  }

  /** Counts one; `describe` is given the key that it counts for. */
  occurred(asked, describe) {
    const room = this.#open.has(asked) || this.#open.size < KEYS_MAX;
    const key = room ? asked : OVERFLOW;
    const window = this.#open.get(key);
    if (window) {
      window.held += 1;
      // Forgotten by `clear`.
      window.said ??= describe(key);
      return;
    }
    const said = describe(key);
    const stop = this.#clock.every(WINDOW_MS, () => this.#close(key));
    this.#open.set(key, { held: 0, said, stop });
    this.#say(said, 1);
  }

  /** Gives out every count, and closes every window. */
  drain() {
    const windows = [...this.#open.values()];
    this.stop();
    for (const { held, said } of windows) if (held > 0) this.#say(said, held);
  }

  /** Forgets every count. The windows stay: what was said lately is not said again. */
  clear() {
    for (const window of this.#open.values()) Object.assign(window, { held: 0, said: null });
  }

  /** Closes every window, and gives out nothing. */
  stop() {
    for (const { stop } of this.#open.values()) stop();
    this.#open.clear();
  }

  #close(key) {
    const window = this.#open.get(key);
    const { held, said } = window;
    window.held = 0;
    if (held > 0) return this.#say(said, held);
    window.stop();
    this.#open.delete(key);
  }
}
