/**
 * claude-mem's own telemetry modules, unchanged, behind Payloadproof's protocol.
 *
 *     bun docs/examples/claude-mem/adapter.ts DIR
 *
 * DIR is a checkout of thedotmack/claude-mem that can resolve posthog-node. Consent, whitelist and
 * rollups are the program's; here is only what drives it.
 *
 * Rule 1: nothing may reach a real PostHog: `fetch` answers only for the scenario's loopback host.
 * Rule 2: nothing may touch the user's own ~/.claude-mem: a scenario names its data directory.
 * Rule 3: the clock is virtual for `Date`, for intervals and for the SDK's flush timer, and real
 * for network deadlines.
 */
import { Database } from "bun:sqlite";
import { setSystemTime } from "bun:test";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { raised } from "../node/raising.mjs";
import { AdapterError, loopback, program, serve, Unsupported } from "../node/serve.mjs";
import { VirtualClock } from "../node/virtual-clock.mjs";

const TELEMETRY = "src/services/telemetry";
const FLUSH_MS = 10_000;
const BEGIN_MS = 50;
const TURNS_MS = 5;
// What the program's own status calls a layer, and what the contract calls it.
const LAYERS: Record<string, string> = {
  env: "CLAUDE_MEM_TELEMETRY",
  config: "telemetry.json",
};

interface Client {
  fetch: (url: string, options: object) => Promise<Response>;
  flush(): Promise<void>;
  flushBackground(): void;
  flushInterval: number;
}

interface Scenario {
  clock: VirtualClock;
  historyDb: string | null;
  origin: string;
  ended: AbortController;
  clients: Set<Client>; // all of them, to be silenced at the end
  open: Set<Client>; // those that the program has not shut down
  armed: Set<Client>; // those whose flush timer runs
  posts: Promise<void>[];
  began: boolean;
}

let scenario: Scenario | null = null;

function current(): Scenario {
  if (!scenario) throw new AdapterError("no scenario has been started");
  return scenario;
}

function stop(message: string): never {
  process.stderr.write(`claude-mem adapter: ${message}\n`);
  process.exit(2);
}

function checkout(argument: string | undefined): { root: string; version: string } {
  if (!argument) stop("which checkout? Usage: bun docs/examples/claude-mem/adapter.ts DIR");
  const root = path.resolve(argument);
  try {
    const { name, version } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"));
    if (name === "claude-mem" && fs.existsSync(path.join(root, TELEMETRY, "telemetry.ts"))) {
      return { root, version };
    }
  } catch {
    // No package.json, or none that can be read: said below.
  }
  return stop(`${root} is no checkout of thedotmack/claude-mem: no ${TELEMETRY}/telemetry.ts`);
}

// Looked for by hand: bun would fetch a package that it cannot resolve from the registry.
function posthogEntry(root: string): string {
  for (let at = root; ; at = path.dirname(at)) {
    if (fs.existsSync(path.join(at, "node_modules/posthog-node/package.json"))) {
      return Bun.resolveSync("posthog-node", root);
    }
    if (at === path.dirname(at)) {
      stop(`posthog-node cannot be resolved from ${root}; run there: npm install posthog-node`);
    }
  }
}

const { root, version } = checkout(process.argv[2]);
const entry = posthogEntry(root);

// Where the log goes is fixed when the modules load, long before there is a scenario.
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "payloadproof-claude-mem-"));
process.on("exit", () => fs.rmSync(scratch, { recursive: true, force: true }));
process.env.CLAUDE_MEM_DATA_DIR = scratch;

guardFetch();
virtualIntervals();
const modules = await load();

function guardFetch(): void {
  const real = globalThis.fetch;
  const guarded = async (input: string | URL | Request, init: RequestInit = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (url.origin !== scenario?.origin) throw new TypeError(`refused: ${url.origin}`);
    const signals = [scenario.ended.signal, ...(init.signal ? [init.signal] : [])];
    return real(input, { ...init, signal: AbortSignal.any(signals) });
  };
  globalThis.fetch = Object.assign(guarded, { preconnect: real.preconnect });
}

function virtualIntervals(): void {
  const { setInterval: realSet, clearInterval: realClear } = globalThis;
  const set = (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) => {
    if (!scenario) return realSet(run, ms, ...args);
    const cancel = scenario.clock.every(ms, () => run(...args));
    const handle = { cancel, ref: () => handle, unref: () => handle, hasRef: () => false };
    return handle;
  };
  const clear = (handle: any) => (handle?.cancel ? handle.cancel() : realClear(handle));
  Object.assign(globalThis, { setInterval: set, clearInterval: clear });
}

async function load() {
  const part = async (name: string) => {
    const file = path.join(root, TELEMETRY, `${name}.ts`);
    return fs.existsSync(file) ? await import(file) : {};
  };
  try {
    const { PostHog } = await import(entry);
    const [consent, telemetry, buffer, cli, backfill] = [
      await part("consent"),
      await part("telemetry"),
      await part("buffer"),
      await part("cli-telemetry"),
      await part("backfill"),
    ];
    collectClients(PostHog.prototype);
    const { logger } = await import(path.join(root, "src/utils/logger.ts"));
    const { paths } = await import(path.join(root, "src/shared/paths.ts"));
    return { ...consent, ...telemetry, ...buffer, ...cli, ...backfill, logger, paths };
  } catch (fault) {
    return stop(`the modules in ${path.join(root, TELEMETRY)} do not load: ${fault}`);
  }
}

// The module keeps its client to itself; whoever captures is a client that can be flushed.
function collectClients(prototype: any): void {
  for (const name of ["capture", "captureException"]) {
    const method = prototype[name];
    prototype[name] = function (this: Client, ...args: unknown[]) {
      if (scenario) arm(scenario, this);
      return method.apply(this, args);
    };
  }
}

// What nobody caught comes to the process. Its own listener keeps the process alive, as in a test
// runner; the SDK's stands beside it once the program has made a client.
const HOST = () => {};
process.on("uncaughtException", HOST);
process.on("unhandledRejection", HOST);
const AUTOCAPTURE = Symbol.for("posthog-node.exception-autocapture.v1");

// The SDK keeps the clients of all scenarios, those that were shut down among them.
function forgetUncaught(): void {
  const state = (globalThis as any)[AUTOCAPTURE];
  state?.listeners?.remove();
  delete (globalThis as any)[AUTOCAPTURE];
}

// The program fixes where its log goes when it loads; each scenario looks for it in its own place.
// The logger makes the directory itself, when it has something to say.
function logInto(directory: string): void {
  if (modules.paths) modules.paths.logsDir = () => path.join(directory, "logs");
  Object.assign(modules.logger, { logFileInitialized: false, logFilePath: null });
}

function handOver(error: unknown, properties: any, via: string): void {
  switch (via) {
    case "logger":
      return exported("logger").error("WORKER", "an error was reported", undefined, error);
    case "uncaught":
      process.emit("uncaughtException", error as Error, "uncaughtException");
      return;
    case "task":
      process.emit("unhandledRejection", error, Promise.resolve());
      return;
    case "capture":
      return exported("captureException")(error, properties ?? undefined);
    default:
      throw new Unsupported(`claude-mem has no ${via}`);
  }
}

// The SDK's flush timer, at virtual time: a real one would not notice that the clock moved.
function arm(at: Scenario, client: Client): void {
  at.clients.add(client);
  at.open.add(client);
  if (at.armed.has(client)) return;
  at.armed.add(client);
  at.clock.after(client.flushInterval, () => {
    at.armed.delete(client);
    if (!at.open.has(client)) return;
    at.began = true;
    client.flushBackground();
  });
}

function exported(name: string): any {
  if (name in modules) return modules[name];
  throw new Unsupported(`claude-mem ${version} has no ${name}`);
}

function method(name: string, arity: number): any {
  const buffer = exported("telemetryBuffer");
  if (buffer[name]?.length === arity) return buffer[name].bind(buffer);
  throw new Unsupported(
    `claude-mem ${version} has no telemetryBuffer.${name} with ${arity} arguments`,
  );
}

function environment(env: Record<string, string>, origin: string): void {
  if (!env.CLAUDE_MEM_TELEMETRY_HOST || loopback(env.CLAUDE_MEM_TELEMETRY_HOST) !== origin) {
    throw new AdapterError("refused: CLAUDE_MEM_TELEMETRY_HOST is not the scenario's host");
  }
  if (!env.CLAUDE_MEM_DATA_DIR) {
    throw new AdapterError("refused: without CLAUDE_MEM_DATA_DIR your own ~/.claude-mem is used");
  }
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

// Everything of the last scenario is cut off; a client that still retries is answered right here.
function end(): void {
  for (const client of scenario?.clients ?? []) {
    client.fetch = () => Promise.resolve(new Response("{}"));
  }
  scenario?.ended.abort();
  scenario = null;
  forgetUncaught();
  modules.__resetTelemetryForTests?.();
  modules.telemetryBuffer?.__resetForTests?.();
  setSystemTime();
}

await serve({
  implementation: {
    name: "claude-mem",
    version,
    language: "typescript",
    homepage: "https://github.com/thedotmack/claude-mem",
    issues: "https://github.com/thedotmack/claude-mem/issues",
  },
  clock: "virtual",
  errors: ["capture", "logger", "uncaught", "task"],
  operations: {
    async "scenario/start"({ env, host, now_ms: nowMs, history_db: historyDb }: any) {
      end();
      const origin = loopback(host);
      environment(env, origin);
      scenario = {
        clock: new VirtualClock(nowMs, (ms: number) => setSystemTime(new Date(ms))),
        historyDb: historyDb ?? null,
        origin,
        ended: new AbortController(),
        clients: new Set(),
        open: new Set(),
        armed: new Set(),
        posts: [],
        began: false,
      };
      logInto(env.CLAUDE_MEM_DATA_DIR);
      // As the worker does once it is up.
      await program(() => {
        modules.enableExceptionAutocaptureForWorker?.();
        modules.logger?.setErrorSink?.((error: unknown) => modules.captureException?.(error));
        modules.telemetryBuffer?.start();
      });
    },
    async capture({ event, properties, person, transport }: any) {
      const { posts } = current();
      const given = properties ?? undefined;
      if (transport !== "cli") {
        const captureEvent = exported("captureEvent");
        await program(() => captureEvent(event, given, { person }));
        return;
      }
      // The real command line awaits its POST. Here `flush` and `shutdown` do, because `capture` is
      // judged by whether it waits for the network, which is the worker's promise. It is another
      // process than the worker: neither waits for the other.
      const captureCliEvent = exported("captureCliEvent");
      await program(() => {
        const post = captureCliEvent(event, given, { person });
        post.catch(() => {}); // reported by whoever awaits it
        posts.push(post);
      });
    },
    async exception({ error: fault, properties, via }: any) {
      current();
      exported("captureException");
      const error = raised(fault);
      await program(() => handOver(error, properties, via));
      // The SDK looks at frames, and at what nobody caught, in turns of its own.
      await pause(TURNS_MS);
    },
    async record({ event, properties, session }: any) {
      current();
      const record = method("record", 3);
      await program(() => record(event, session ?? null, properties ?? {}));
    },
    async "session/end"({ session }: any) {
      current();
      const flushSession = method("flushSession", 2);
      await program(() => flushSession(session, "session_end"));
    },
    // The program flushes nothing when a generator is replaced: its buffer hears nothing of it.
    "session/respawn"() {
      current();
    },
    async "consent/explain"() {
      current();
      const [explain, load] = ["explainTelemetryConsent", "loadTelemetryConfig"].map(exported);
      const { enabled, source } = await program(() => explain(process.env, load()));
      return { on: enabled, layer: LAYERS[source] ?? source };
    },
    "consent/set"({ env: changes }: any) {
      const after: Record<string, any> = { ...process.env, ...changes };
      for (const name of Object.keys(after)) if (after[name] === null) delete after[name];
      environment(after, current().origin);
    },
    async "clock/advance"({ ms }: any) {
      const at = current();
      at.began = false;
      await program(() => at.clock.advance(ms));
      // A request that came due begins before the reply, so that it counts for this step. Its
      // answer is not waited for.
      if (at.began) await pause(BEGIN_MS);
    },
    "clock/set"({ now_ms: nowMs }: any) {
      current().clock.set(nowMs);
    },
    // As the worker does at its start, on the connection that it has. Where none can be made, the
    // worker is not up, and there is no backfill.
    async "backfill/run"() {
      const { historyDb, open } = current();
      const run = exported("runHistoricalBackfill");
      if (historyDb === null) return;
      let db: Database;
      try {
        db = new Database(historyDb, { readonly: true });
      } catch {
        return;
      }
      const before = new Set(open);
      try {
        await program(() => run(db));
      } finally {
        db.close();
        for (const client of open) if (!before.has(client)) open.delete(client);
      }
    },
    async flush() {
      const { open, posts } = current();
      await program(() => Promise.all(posts.splice(0)));
      const sent = [...open].map((client) => client.flush().catch(() => {}));
      await Promise.race([Promise.all(sent), pause(FLUSH_MS)]);
    },
    async shutdown() {
      const { open, posts } = current();
      const shutdownTelemetry = exported("shutdownTelemetry");
      await program(() => Promise.all([shutdownTelemetry(), ...posts.splice(0)]));
      open.clear();
    },
    "scenario/end": end,
  },
});
