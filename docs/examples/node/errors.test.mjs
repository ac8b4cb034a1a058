/**
 * What the suite does not see of the way that errors take: the redaction on texts that no scenario
 * holds, a process that dies of an error, and a log whose sink fails.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";

import { Errors } from "./errors.mjs";
import { Log } from "./log.mjs";
import { raised } from "./raising.mjs";
import { redact } from "./redact.mjs";
import { VirtualClock } from "./virtual-clock.mjs";

// What rules look for, in any order.
const PIECES = [
  "/", "\\", " ", "\n", '"', "'", "`", "<", ">", "<path>", "(", ")", ":", "=", " @ ", "(at)",
  "a", "Zz", "x1", "12", "4111 1111 1111 1111", "ada", "/home/ada/x.ts:1:2", "^^^", "12 | x",
  'File "a.py", line 3', "key", "password is ", "Bearer ", "curl -x ", "Cookie: ", "%41%42",
  "&#47;", "-----BEGIN X-----", "-----END X-----", "://", "~ada/", "$&", "\u200b", "\x1b[31m",
  "\ud800", "\u65e5", "\uff0f", "A_B=", "--secret ", "+49 ", ".", "-", "<a>", "</a>", "prompt: ",
  "a b c",
];

test("what was redacted stays as it is, within its bounds", () => {
  let state = 1;
  const below = (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  for (let turn = 0; turn < 2_000; turn += 1) {
    const pieces = Array.from({ length: 1 + below(60) }, () => PIECES[below(PIECES.length)]);
    const how = { max: turn % 2 ? 100 : 500, known: ["/home/ada", "ada"] };
    const said = redact(pieces.join(""), how);
    assert.equal(redact(said, how), said);
    assert.ok(said.length <= how.max && said.isWellFormed());
    assert.doesNotMatch(said, /(?<![\p{L}\p{N}])ada(?![\p{L}\p{N}])/iu);
  }
});

test("what a program says in ordinary words is kept, and its secrets are not", () => {
  const kept = (text) => redact(text, { max: 500 });
  for (const text of [
    "Cannot read properties of undefined (reading 'length')",
    "listen EADDRINUSE: address already in use 127.0.0.1:37777",
    "claude-sonnet-4-20250514 is not available, retry 3 of 5 in 2.5 s",
    "expected 'int' or 'str', received null in node:internal/modules/esm",
  ]) assert.equal(kept(text), text);
  assert.equal(kept("open '/srv/acme/main.ts:12:4'"), "open 'main.ts:12:4'");
  assert.equal(kept("C:\\work\\acme\\notes.txt is gone"), "<path> is gone");
  assert.equal(kept("  at run\n    const tea = 'two';\n              ^\nno tea"), "at run no tea");
  assert.equal(kept("said 'put the kettle on' twice"), "said '<text>' twice");
  assert.equal(kept("ada@kettle.example is unknown"), "<email> is unknown");
  assert.equal(kept(`token ${"aB3".repeat(9)}: expired`), "token <secret>: expired");
  assert.equal(kept({ toString: () => assert.fail() }), "<text>");
});

test("of a frame go out function, code file and line; nearest last, and at most ten", () => {
  const frames = Array.from({ length: 12 }, (_, depth) => ({
    function: `boil_${"abcdefghijkl"[depth]}`,
    file: depth % 2 ? "/srv/acme/heat.ts" : "file:///home/ada/notes for acme",
  }));
  const [{ error_stack: stack, $exception_list: list }] = reports(
    raised({ type: "ScaleError", message: "no\n    at tea (/home/ada/cup.ts:1:2)", frames }),
  );
  const sent = list[0].stacktrace.frames;
  assert.equal(sent.length, 10);
  assert.deepEqual(sent.at(-1), {
    platform: "node:javascript", function: "boil_l", filename: "heat.ts", lineno: 2, in_app: true,
  });
  assert.equal(sent.at(-2).filename, "<path>");
  assert.match(stack, /^at boil_l \(heat\.ts:2\)\nat boil_k /);
});

test("an error can be raised whose message and whose stack both refuse to be read", () => {
  const hostile = { $hostile: "throwing_str" };
  for (const error of [{ message: hostile, stack: hostile }, { message: hostile }]) {
    const caught = raised({ type: "ScaleError", ...error, context: { type: "CupError", ...error } });
    assert.equal(caught.cause.name, "CupError");
    assert.equal(reports(caught)[0].error_type, "ScaleError");
  }
});

test("what an error came of and what it holds is listed, each once", () => {
  const cause = new RangeError("no water");
  const error = new AggregateError([new TypeError("no cup"), "no spoon"], "no tea", { cause });
  cause.cause = error;
  const [{ $exception_list: list }] = reports(error);
  const linked = list.map(({ type, mechanism }) => [type, mechanism.source, mechanism.parent_id]);
  assert.deepEqual(linked, [
    ["AggregateError", undefined, undefined], ["RangeError", "cause", 0],
    ["TypeError", "member", 0], ["String", "member", 0],
  ]);
});

/** What is sent of `error` at once. */
function reports(error) {
  const sent = [];
  const errors = new Errors({}, new VirtualClock(0), (report) => sent.push(report));
  errors.occurred(error, {}, { handled: true });
  return sent;
}

test("the line comes first, whatever the sink does", () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "payloadproof-log-"));
  const file = path.join(directory, "logs", "payloadproof-example-node.log");
  const lines = () => fs.readFileSync(file, "utf8").trim().split("\n");
  try {
    const log = new Log({ CLAUDE_MEM_DATA_DIR: directory }, { now: () => 0 });
    let before;
    log.setErrorSink((error) => {
      before = lines();
      log.error("SINK", "again", error);
      throw new Error("the sink fails");
    });
    log.error("KETTLE", "no tea", new TypeError("in /home/ada/kettle"));
    assert.equal(before.length, 1);
    assert.ok(before[0].endsWith("ERROR KETTLE no tea: TypeError: in /home/ada/kettle"));
    assert.equal(lines().length, 2);
    log.setErrorSink(null);
    const hostile = { [Symbol.toPrimitive]: () => assert.fail() };
    log.failure("KETTLE", "no water", hostile);
    log.failure(hostile, "no cup", new Error(""));
    assert.equal(lines().length, 3);
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
});

const DYING = {
  "an error that nobody caught": "setImmediate(() => { throw new RangeError('no tea'); });",
  "a rejection that nobody handled": "void Promise.reject(new RangeError('no tea'));",
};
for (const [name, end] of Object.entries(DYING)) {
  test(`${name} is sent, and the process ends with 1`, async () => {
    const { code, events } = await died(end);
    assert.equal(code, 1);
    assert.deepEqual(events.map((one) => one.properties.$exception_list[0].type), ["RangeError"]);
    assert.equal(events[0].properties.$exception_list[0].mechanism.handled, false);
  });

  test(`${name} is not sent after an opt-out, and the process ends with 1`, async () => {
    const { code, events } = await died(`env.DO_NOT_TRACK = "1"; ${end}`);
    assert.equal(code, 1);
    assert.deepEqual(events, []);
  });
}

test("a rejection is sent where a listener of the program's handles it", async () => {
  const listening = 'process.once("unhandledRejection", () => {});';
  const { code, events } = await died(`
    ${DYING["a rejection that nobody handled"]}
    setImmediate(() => { ${DYING["an error that nobody caught"].replace("Range", "Type")} });
  `, { before: listening });
  assert.equal(code, 1);
  const types = events.map((one) => one.properties.$exception_list[0].type);
  assert.deepEqual(types, ["RangeError", "TypeError"]);
});

// The exit code tells how it came to the listener.
const leaves = "(error, origin) => setImmediate(() => process.exit(LEFT[origin] ?? 3))";
const later = (code) => `setImmediate(() => process.exit(${code}));`;
const LISTENING = {
  "to both": [
    `const LEFT = { uncaughtException: 4 };
    for (const event of ["uncaughtException", "unhandledRejection"]) process.on(event, ${leaves});`,
    [4, 3],
  ],
  "to uncaughtException": [
    `const LEFT = { uncaughtException: 4, unhandledRejection: 5 };
    process.on("uncaughtException", ${leaves});`,
    [4, 5],
  ],
  "to uncaughtException, once": [
    `process.once("uncaughtException", () => { ${later(6)} });`,
    [6, 6],
  ],
  "to unhandledRejection": [
    `process.on("unhandledRejection", () => { ${later(7)} });`,
    [1, 7],
  ],
  "to unhandledRejection, once": [
    `process.once("unhandledRejection", () => setImmediate(() => Promise.reject(new Error("2"))));`,
    [1, 1],
  ],
  "to no rejection any more": [
    `for (const heard of [() => {}, () => {}]) {
      process.on("unhandledRejection", heard);
      setImmediate(() => process.off("unhandledRejection", heard));
    }`,
    [1, 1],
  ],
  "and reads what it is given": [
    `process.on("uncaughtException", (error) => process.exit(error.stack ? 8 : 9));`,
    [8, 8],
  ],
};
const ENDING = [
  DYING["an error that nobody caught"],
  "setImmediate(() => setImmediate(() => Promise.reject(undefined)));",
];
// A shutdown that takes no time: nothing of the program's comes before the watcher ends it.
const AT_ONCE = "watchUncaught({ exception() {}, async shutdown() {} });";
for (const [how, [listening, codes]] of Object.entries(LISTENING)) {
  test(`a program that listens ${how} ends as it does without a watcher`, async () => {
    for (const [which, end] of ENDING.entries()) {
      const script = `${listening} ${end}`;
      const ends = await Promise.all([
        died(script, { watch: "" }),
        died(script, { watch: AT_ONCE }),
        died(end, { before: listening, watch: AT_ONCE }),
      ]);
      assert.deepEqual(ends.map(({ code }) => code), Array(3).fill(codes[which]), end);
    }
  });
}

/** Runs `script` in a process with a pipeline; its exit code, and the events that it sent. */
async function died(script, { before = "", watch = "watchUncaught(new Pipeline(env));" } = {}) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "payloadproof-dying-"));
  const bodies = [];
  const server = http.createServer((request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      const body = Buffer.concat(parts);
      bodies.push(JSON.parse(request.headers["content-encoding"] ? gunzipSync(body) : body));
      response.end("{}");
    });
  });
  try {
    await once(server.listen(0, "127.0.0.1"), "listening");
    const env = {
      CLAUDE_MEM_DATA_DIR: directory,
      CLAUDE_MEM_TELEMETRY_HOST: `http://127.0.0.1:${server.address().port}`,
      CLAUDE_MEM_TELEMETRY_KEY: "phc_example",
    };
    const lines = [
      `import { Pipeline } from ${JSON.stringify(import.meta.resolve("./pipeline.mjs"))};`,
      `import { watchUncaught } from ${JSON.stringify(import.meta.resolve("./uncaught.mjs"))};`,
      `const env = ${JSON.stringify(env)};`,
      before,
      watch,
      "setInterval(() => {}, 1_000);", // it would live on
      script,
    ];
    const given = ["--input-type=module", "--eval", lines.join("\n")];
    const stdio = ["ignore", "ignore", "pipe"];
    const child = spawn(process.execPath, given, { stdio, timeout: 60_000 }); // then it has no code
    child.stderr.resume();
    const [code] = await once(child, "exit");
    return { code, events: bodies.flatMap((body) => body.batch) };
  } finally {
    server.close();
    fs.rmSync(directory, { recursive: true });
  }
}
