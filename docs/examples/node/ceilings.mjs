/**
 * How often each event may be sent in a UTC day, by all processes and starts of an installation.
 *
 * Rule 1: an event of a day is a file, and how long that is says how often the event was let
 * through. It grows before the event is sent: who is killed in between sent too few.
 * Rule 2: where nothing can be written, or nothing may be, this process counts for itself.
 * Rule 3: what is over its ceiling touches no file.
 */
import fs from "node:fs";
import path from "node:path";

const FOLDER = "telemetry-sent";
const DAYS_KEPT = 8;
const COUNTS_MAX = 100;

export class Ceilings {
  #env;
  #clock;
  #counts = new Map();

  /** `env` names the data directory; `clock` has `now()`, in epoch milliseconds. */
  constructor(env, clock) {
    this.#env = env;
    this.#clock = clock;
  }

  /** Counts one more, and says whether the day has room for it; `written`: for all processes. */
  admit(event, ceiling, { written }) {
    const day = new Date(this.#clock.now()).toISOString().slice(0, 10);
    const key = `${day} ${event}`;
    const known = this.#counts.get(key) ?? 0;
    if (known >= ceiling) return false;
    const count = Math.max(known + 1, written ? this.#longer(day, event) : 0);
    // A clock that is set back finds its day's count again, as long as these are few.
    this.#counts.delete(key);
    this.#counts.set(key, count);
    if (this.#counts.size > COUNTS_MAX) this.#counts.delete(this.#counts.keys().next().value);
    return count <= ceiling;
  }

  /** How long that day's file is, once it is longer by one; 0 where nothing can be written. */
  #longer(day, event) {
    if (!this.#env.CLAUDE_MEM_DATA_DIR) return 0;
    const folder = path.join(this.#env.CLAUDE_MEM_DATA_DIR, FOLDER);
    const file = path.join(folder, day, event);
    try {
      if (!fs.existsSync(path.dirname(file))) {
        fs.mkdirSync(path.dirname(file), { recursive: true });
        for (const old of fs.readdirSync(folder).sort().slice(0, -DAYS_KEPT)) {
          fs.rmSync(path.join(folder, old), { recursive: true });
        }
      }
      fs.appendFileSync(file, ".");
      return fs.statSync(file).size;
    } catch {
      return 0;
    }
  }
}
