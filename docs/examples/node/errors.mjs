/**
 * Errors, as PostHog's error tracking groups them, with nothing in them that names anybody.
 *
 * Rule 1: total. An error may be any value with any code of its own; that code costs its own text.
 * Rule 2: whether to send is decided by what is cheap, class and innermost frame, and before
 * anything is redacted.
 * Rule 3: every text is redacted: names of classes, functions and files, messages, those of causes
 * and of members of groups too.
 * Rule 4: of a frame go out function, code file's name and line. The SDK's own builder is not used:
 * it sends directories, and the lines of the source around.
 * Rule 5: no error is kept, only what is said of it.
 */
import os from "node:os";
import path from "node:path";

import { RE2JS } from "re2js";

import { Limiter, OVERFLOW } from "./limiter.mjs";
import { basename, redact } from "./redact.mjs";
import { bounds } from "./whitelist.mjs";

const SWITCHED_OFF = new Set(["0", "false", "off", "n", "no", "none", "disable", "disabled"]);
const ERRORS_MAX = 10;
const FRAMES_MAX = 10;
const LINES_MAX = 200;
const NAME_CHARS = 1_000;

const AT = "    at ";
const FRAME = RE2JS.compile(
  String.raw`^${AT}(?:async )?(?:(.+?) \()?(.+?)(?::(\d+))?(?::\d+)?\)?$`,
);
const BUILT_IN = new Set(`Error AggregateError EvalError RangeError ReferenceError SyntaxError
  TypeError URIError`.split(/\s+/));
// Names that say nothing of anybody, and that stand in every other message.
const ANYBODY = new Set(`admin app bin build code dev docker home lib localhost main node project
  repo root runner server src test tests tmp user users work workspace`.split(/\s+/));

export class Errors {
  #env;
  #limiter;

  /** `send` is given an event's properties: at once, when a window closes, or from `drain`. */
  constructor(env, clock, send) {
    this.#env = env;
    this.#limiter = new Limiter(clock, (report, count) =>
      send({ ...report, occurrence_count: count }),
    );
  }

  /** The kill switch; consent is asked elsewhere. */
  get enabled() {
    return !SWITCHED_OFF.has((this.#env.CLAUDE_MEM_TELEMETRY_ERRORS ?? "").trim().toLowerCase());
  }

  /** Counts one error, and sends it unless an equal one was sent within the minute. */
  occurred(error, context, { handled }) {
    this.#limiter.occurred(fingerprint(error), (key) =>
      key === OVERFLOW ? TOO_MANY : { ...context, ...report(error, handled, known(this.#env)) },
    );
  }

  drain() {
    this.#limiter.drain();
  }

  clear() {
    this.#limiter.clear();
  }

  stop() {
    this.#limiter.stop();
  }
}

// Which error it is would be said of all others that share its count.
const TOO_MANY = said(
  [{
    type: "TooManyErrors",
    value: "more kinds of errors at a time than are told apart",
    mechanism: { type: "generic", handled: true, synthetic: true },
    stacktrace: { type: "raw", frames: [] },
  }],
);

// The message has no part in it: it may differ each time. It is compared here, and never sent.
function fingerprint(error) {
  return `${kind(error)}\n${frameLines(error)[0] ?? ""}`;
}

function report(error, handled, names) {
  return said(chain(error).map((one, index) => listed(one, index, handled, names)));
}

function said(list) {
  const [{ type, value, stacktrace }] = list;
  const lines = stacktrace.frames
    .map((frame) => `at ${frame.function} (${frame.filename}:${frame.lineno ?? 0})`)
    .reverse();
  while (lines.join("\n").length > bounds.stack) lines.pop();
  return {
    error_type: type,
    error_message: value,
    error_stack: lines.join("\n"),
    $exception_list: list,
    $exception_level: "error",
  };
}

function listed({ error, parent, source }, index, handled, known) {
  const chained = index > 0 && { type: "chained", source, parent_id: parent };
  return {
    type: redact(kind(error), { max: bounds.type, known }) || "Error",
    value: redact(message(error), { max: bounds.message, known }),
    mechanism: { type: "generic", handled, synthetic: false, exception_id: index, ...chained },
    stacktrace: { type: "raw", frames: frames(error, known) },
  };
}

// Outermost first, which is how PostHog wants them, and the other way round than they are printed.
function frames(error, known) {
  return frameLines(error)
    .slice(0, FRAMES_MAX)
    .map((line) => FRAME.exec(line))
    .filter(Boolean)
    .map((found) => frame(found, known))
    .reverse();
}

function frame([, name = "<anonymous>", file, line], known) {
  const own = redact(name, { max: bounds.type, known });
  const internal = file.startsWith("node:") || file === "<anonymous>" || file === "native";
  return {
    platform: "node:javascript",
    function: own === name ? name : "<name>",
    filename: redact(internal ? file : basename(file), { max: bounds.type, known }),
    ...(line && line.length < 8 && { lineno: Number(line) }),
    in_app: !internal && !file.includes("node_modules"),
  };
}

/** The lines of the stack that are frames: those at its end, below the message. */
function frameLines(error) {
  const stack = own(error, "stack");
  if (typeof stack !== "string") return [];
  const head = `${own(error, "name")}: ${message(error)}`;
  const lines = stack.slice(stack.startsWith(head) ? head.length : 0).split("\n", LINES_MAX);
  const frame = (line) => line.startsWith(AT) && line.length < NAME_CHARS;
  return lines.slice(lines.findLastIndex((line) => line !== "" && !frame(line)) + 1).filter(frame);
}

/** The error, what it came of and what it holds, nearest first; each once, whatever cycles. */
function chain(error) {
  const found = [{ error }];
  for (let index = 0; index < found.length; index += 1) {
    const { error: current } = found[index];
    const origins = [
      { error: own(current, "cause"), source: "cause" },
      ...members(current).map((member) => ({ error: member, source: "member" })),
    ];
    for (const origin of origins) {
      const fresh = !found.some((one) => one.error === origin.error);
      if (origin.error == null || !fresh || found.length >= ERRORS_MAX) continue;
      found.push({ ...origin, parent: index });
    }
  }
  return found;
}

function members(error) {
  const held = own(error, "errors");
  try {
    return Array.isArray(held) ? Array.from(held.slice(0, ERRORS_MAX)) : [];
  } catch {
    return [];
  }
}

/** The name of its class. One that sets no name has that of the language's class above it. */
function kind(error) {
  const names = [own(error, "name"), own(own(error, "constructor"), "name")];
  const found = names.filter((name) => typeof name === "string" && name !== "");
  return (found.find((name) => !BUILT_IN.has(name)) ?? found[0] ?? "Error").slice(0, NAME_CHARS);
}

function message(error) {
  const value = typeof error === "string" ? error : own(error, "message");
  return typeof value === "string" ? value : "";
}

/** A property, if it can be had. */
function own(value, key) {
  try {
    return value?.[key];
  } catch {
    return undefined;
  }
}

/** Home, user, host, working directory and project, as far as they are to be found out. */
function known(env) {
  const directories = [env.HOME, env.USERPROFILE, env.PWD, workingDirectory()].filter(Boolean);
  const names = [env.USER, env.USERNAME, env.LOGNAME, env.HOSTNAME, os.hostname()];
  const parts = [...names, ...directories.map((directory) => path.basename(directory))];
  return [...directories, ...parts.filter((name) => name && !ANYBODY.has(name.toLowerCase()))];
}

function workingDirectory() {
  try {
    return process.cwd();
  } catch {
    return ""; // somebody has removed it
  }
}
