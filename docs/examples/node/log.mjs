/**
 * The local log: logs/payloadproof-example-node.log below the data directory.
 *
 * Rule 1: it imports nothing of telemetry, so it works whatever telemetry does.
 * Rule 2: a message is one line, and it is whole.
 * Rule 3: it never throws and never prints; what cannot be written is lost.
 */
import fs from "node:fs";
import path from "node:path";

const FILE = path.join("logs", "payloadproof-example-node.log");

export class Log {
  #env;
  #clock;

  /** Without CLAUDE_MEM_DATA_DIR nothing is written. `clock` has `now()`, in epoch milliseconds. */
  constructor(env, clock) {
    this.#env = env;
    this.#clock = clock;
  }

  /** Appends one line. */
  write(level, component, message) {
    try {
      const directory = this.#env.CLAUDE_MEM_DATA_DIR;
      if (!directory) return;
      const when = new Date(this.#clock.now()).toISOString();
      const text = `${when} ${level.toUpperCase()} ${component} ${message}`;
      const file = path.join(directory, FILE);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.appendFileSync(file, `${text.split(/[\r\n\u2028\u2029]+/).join(" ")}\n`, { mode: 0o600 });
    } catch {
      // A full disk is no reason for a program to fail.
    }
  }
}
