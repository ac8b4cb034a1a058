/**
 * The adapter's side of Payloadproof's protocol, for implementers in JavaScript and TypeScript.
 *
 * Rule 1: stdout belongs to the protocol. Whatever the code under test prints goes to stderr.
 * Rule 2: what comes out of `program()` is the implementation's fault (`raised`); everything else
 * that goes wrong is the adapter's (`error`).
 * Rule 3: requests are answered one after another; each gets exactly one reply.
 */
import { Console } from "node:console";
import fs from "node:fs";
import { isDeepStrictEqual } from "node:util";

import { build, HOSTILE, tagged } from "./hostile.mjs";

const PROTOCOL = 1;
const CHANGED_LATER = "payloadproof-changed-later";
// The operations that hand over what a caller may have spoiled.
const HANDING_OVER = new Set(["capture", "record", "instrument", "exception"]);
const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Throw this for what is wrong with the adapter or with what it was asked to do. */
export class AdapterError extends Error {}

/** Throw this for what the implementation cannot do; the message is the reason. */
export class Unsupported extends Error {}

class Raised {
  constructor(thrown) {
    this.thrown = thrown;
  }
}

/** Calls the implementation. Every call to it goes through here, and nothing else does. */
export async function program(call) {
  try {
    return await call();
  } catch (thrown) {
    throw new Raised(thrown);
  }
}

/** The origin of a loopback URL. Nothing under test may ever reach a real PostHog. */
export function loopback(host) {
  let url;
  try {
    url = new URL(host);
  } catch {
    throw new AdapterError(`the telemetry host ${JSON.stringify(host)} is no URL`);
  }
  if (url.protocol !== "http:" || !url.port || !LOOPBACK.has(url.hostname)) {
    throw new AdapterError(`refused: the telemetry host ${host} is not http://127.0.0.1:PORT`);
  }
  return url.origin;
}

/**
 * Answers requests on stdin until `exit` or its end.
 *
 * `operations` maps an operation to a function of its params, which may return a promise.
 * `hostile` names the hostile values to offer, all of them unless told; `errors` the ways on which
 * `exception` can hand over an error.
 */
export async function serve({
  implementation,
  clock,
  operations,
  hostile = Object.keys(HOSTILE),
  errors = [],
}) {
  const own = ["initialize", "scenario/start", "scenario/end", "exit"];
  const ops = [...new Set([...own, ...Object.keys(operations)])];
  const known = {
    initialize: () => ({
      protocol: PROTOCOL,
      implementation,
      capabilities: { ops, clock, hostile, errors },
    }),
    exit: () => {},
    ...operations,
  };
  keepStdout();
  for await (const line of lines(process.stdin)) {
    const { request, reply } = await answer(known, line);
    write(JSON.stringify(reply) + "\n");
    if (request?.op === "exit") break;
  }
  // Sockets that the code under test keeps open must not keep the adapter alive.
  process.exit(0);
}

async function answer(known, line) {
  let request;
  try {
    request = JSON.parse(line);
    if (!Number.isInteger(request.id)) throw new TypeError("no integer id");
  } catch (fault) {
    return { reply: { id: -1, error: { code: "malformed", message: text(fault) } } };
  }
  const { id, op, params } = request;
  if (!Object.hasOwn(known, op)) {
    return { request, reply: { id, unsupported: `this adapter has no ${op}` } };
  }
  try {
    const native = natively(op, params);
    const ok = (await known[op](native)) ?? {};
    const mutated = changed(native.properties, params);
    return { request, reply: mutated ? { id, ok, mutated } : { id, ok } };
  } catch (fault) {
    return { request, reply: { id, ...failure(fault) } };
  }
}

function natively(op, params) {
  if (!HANDING_OVER.has(op)) return params;
  try {
    return { ...params, event: build(params.event), properties: build(params.properties) };
  } catch (fault) {
    throw new AdapterError(text(fault));
  }
}

// Whether the operation changed the plain object that it was given. What is sent has to be what was
// handed over, whatever the caller does to it later: it is overwritten here where that is asked.
function changed(properties, { properties: json, overwrite }) {
  // What a tag stands for may throw when it is only looked at, as a revoked proxy does.
  if (tagged(json) || properties === null || typeof properties !== "object") return false;
  if (Array.isArray(properties)) return false;
  const mutated = !isDeepStrictEqual(properties, build(json));
  for (const key of overwrite ? [...Object.keys(properties), CHANGED_LATER] : []) {
    Reflect.set(properties, key, CHANGED_LATER);
  }
  return mutated;
}

function failure(fault) {
  if (fault instanceof Unsupported) return { unsupported: text(fault) };
  if (fault instanceof Raised) {
    const thrown = fault.thrown;
    return { raised: { type: kind(thrown), message: text(thrown), stack: stack(thrown) } };
  }
  const message = fault instanceof AdapterError ? text(fault) : stack(fault) ?? text(fault);
  return { error: { code: kind(fault), message } };
}

// What was thrown may be hostile itself: nothing about it can be read without care.
function carefully(read) {
  try {
    const value = read();
    return value === undefined ? undefined : String(value).toWellFormed().slice(0, 2_000);
  } catch {
    return "<reading this threw>";
  }
}

const kind = (thrown) => carefully(() => thrown?.constructor?.name || typeof thrown);
const text = (thrown) => carefully(() => thrown?.message ?? thrown) ?? "undefined";
const stack = (thrown) => carefully(() => thrown?.stack?.split("\n").slice(0, 5).join("\n"));

function keepStdout() {
  Object.defineProperty(process, "stdout", { value: process.stderr, configurable: true });
  globalThis.console = new Console(process.stderr);
}

function write(line) {
  let rest = Buffer.from(line);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(fs.writeSync(1, rest));
    } catch (fault) {
      // A pipe that is full for the moment; the harness is about to read it.
      if (fault.code !== "EAGAIN") throw fault;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

// Not node:readline: it also ends a line at U+2028, which JSON may hold.
async function* lines(stream) {
  let parts = [];
  for await (const chunk of stream) {
    let begin = 0;
    for (let end; (end = chunk.indexOf(10, begin)) >= 0; begin = end + 1) {
      yield Buffer.concat([...parts, chunk.subarray(begin, end)]).toString("utf8");
      parts = [];
    }
    parts.push(chunk.subarray(begin));
  }
}
