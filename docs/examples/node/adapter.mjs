/**
 * The example pipeline behind Payloadproof's protocol.
 *
 * Consent, whitelist and rollups are in the pipeline and none of them here: an adapter that has any
 * of it proves nothing.
 */
import { instrument } from "./instrument.mjs";
import { Log } from "./log.mjs";
import { Pipeline, VERSION } from "./pipeline.mjs";
import { raised } from "./raising.mjs";
import { AdapterError, loopback, program, serve, Unsupported } from "./serve.mjs";
import { watchUncaught } from "./uncaught.mjs";
import { VirtualClock } from "./virtual-clock.mjs";

let scenario = null;

function current() {
  if (!scenario) throw new AdapterError("no scenario has been started");
  return scenario;
}

function end() {
  scenario?.unwatch();
  scenario?.pipeline.abandon();
  scenario = null;
}

// What nobody caught comes to the process; a listener of the host's own keeps it alive meanwhile.
function uncaught(event, ...given) {
  const host = () => {};
  process.on(event, host);
  try {
    process.emit(event, ...given);
  } finally {
    process.off(event, host);
  }
}

function handOver({ log, pipeline }, error, properties, via) {
  switch (via) {
    case "capture":
      return pipeline.exception(error, properties);
    case "logger":
      return log.error("ADAPTER", "an error was reported", error);
    case "uncaught":
      return uncaught("uncaughtException", error, "uncaughtException");
    case "task":
      return uncaught("unhandledRejection", error, Promise.resolve());
    default:
      throw new Unsupported(`JavaScript has no ${via}`);
  }
}

await serve({
  implementation: { name: "payloadproof-example-node", version: VERSION, language: "javascript" },
  clock: "virtual",
  errors: ["capture", "logger", "uncaught", "task"],
  operations: {
    async "scenario/start"({ env, host, now_ms: nowMs }) {
      loopback(host);
      end();
      const clock = new VirtualClock(nowMs);
      const seen = { ...env };
      const log = new Log(seen, clock);
      const pipeline = await program(() => new Pipeline(seen, clock));
      log.setErrorSink((error) => pipeline.exception(error));
      scenario = { clock, env: seen, log, pipeline, unwatch: watchUncaught(pipeline) };
    },
    // One process, one transport: this pipeline has no short-lived command line.
    async capture({ event, properties }) {
      const { pipeline } = current();
      await program(() => pipeline.capture(event, properties));
    },
    async record({ event, properties, session }) {
      const { pipeline } = current();
      await program(() => pipeline.record(event, properties, session));
    },
    async exception({ error: fault, properties, via }) {
      const parts = current();
      const error = raised(fault);
      await program(() => handOver(parts, error, properties, via));
    },
    async instrument(call) {
      const parts = current();
      await program(() => instrument(parts, call));
    },
    async "session/end"({ session }) {
      const { pipeline } = current();
      await program(() => pipeline.endSession(session));
    },
    // The pipeline folds by session, whichever generator records: it has nothing to be told.
    "session/respawn"() {
      current();
    },
    async "consent/explain"() {
      const { pipeline } = current();
      return await program(() => pipeline.consent());
    },
    "consent/set"({ env: changes }) {
      const { env } = current();
      for (const [name, value] of Object.entries(changes)) {
        if (value === null) delete env[name];
        else env[name] = value;
      }
    },
    async "clock/advance"({ ms }) {
      const { clock } = current();
      await program(() => clock.advance(ms));
    },
    "clock/set"({ now_ms: nowMs }) {
      current().clock.set(nowMs);
    },
    async flush() {
      const { pipeline } = current();
      await program(() => pipeline.flush());
    },
    async shutdown() {
      const { pipeline } = current();
      await program(() => pipeline.shutdown());
    },
    "scenario/end": end,
  },
});
