/**
 * The local log: logs/payloadproof-example-node.log below the data directory.
 *
 * Rule 1: it imports nothing of telemetry, so it works whatever telemetry does.
 * Rule 2: a message is one line, and it is whole.
 * Rule 3: it never throws and never prints; what cannot be written is lost.
 * Rule 4: the line comes first. Only then is an error handed to the sink, if there is one, and
 * nothing that the sink does changes anything here.
 */
import fs from "node:fs";
import path from "node:path";
import { isNativeError } from "node:util/types";

const FILE = path.join("logs", "payloadproof-example-node.log");

export class Log {
  #env;
  #clock;
  #sink = null;
  #handing = false;

  /** Without CLAUDE_MEM_DATA_DIR nothing is written. `clock` has `now()`, in epoch milliseconds. */
  constructor(env, clock) {
    this.#env = env;
    this.#clock = clock;
  }

  /** From now on `sink` is given the errors of `error` and `failure`. */
  setErrorSink(sink) {
    this.#sink = sink;
  }

  /** Appends one line with the error's own text, then hands the error on. */
  error(component, message, error) {
    this.#report("error", component, message, error);
  }

  /** As `error`, for what the program does not recover from. */
  failure(component, message, error) {
    this.#report("failure", component, message, error);
  }

  #report(level, component, message, error) {
    this.write(level, component, message, error);
    // An error within the sink is logged, and not handed to it again: it would never end.
    if (!this.#sink || this.#handing || !isError(error)) return;
    this.#handing = true;
    try {
      this.#sink(error);
    } catch {
      // A sink that fails is no reason for a program to fail either.
    } finally {
      this.#handing = false;
    }
  }

  /** Appends one line; no error is handed on. */
  write(level, component, message, error) {
    try {
      const directory = this.#env.CLAUDE_MEM_DATA_DIR;
      if (!directory) return;
      const when = new Date(this.#clock.now()).toISOString();
      const text = `${when} ${level.toUpperCase()} ${component} ${message}${shown(error)}`;
      const file = path.join(directory, FILE);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.appendFileSync(file, `${text.split(/[\r\n\u2028\u2029]+/).join(" ")}\n`, { mode: 0o600 });
    } catch {
      // A full disk is no reason for a program to fail.
    }
  }
}

// An AbortError is no native error, and one of another realm is no instance of this one's.
function isError(value) {
  try {
    return isNativeError(value) || value instanceof Error;
  } catch {
    return false;
  }
}

// What was thrown may be anything, and refuse to be read.
function shown(error) {
  if (error === undefined) return "";
  try {
    return `: ${isError(error) ? `${error.name}: ${error.message}` : error}`;
  } catch {
    return ": an error that cannot be shown";
  }
}
