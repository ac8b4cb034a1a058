/**
 * The example pipeline behind Payloadproof's protocol.
 *
 * Consent, whitelist and rollups are in the pipeline and none of them here: an adapter that has any
 * of it proves nothing.
 */
import { instrument } from "./instrument.mjs";
import { Log } from "./log.mjs";
import { Pipeline, VERSION } from "./pipeline.mjs";
import { AdapterError, loopback, program, serve } from "./serve.mjs";
import { VirtualClock } from "./virtual-clock.mjs";

let scenario = null;

function current() {
  if (!scenario) throw new AdapterError("no scenario has been started");
  return scenario;
}

function end() {
  scenario?.pipeline.abandon();
  scenario = null;
}

await serve({
  implementation: { name: "payloadproof-example-node", version: VERSION, language: "javascript" },
  clock: "virtual",
  operations: {
    async "scenario/start"({ env, host, now_ms: nowMs }) {
      loopback(host);
      end();
      const clock = new VirtualClock(nowMs);
      const seen = { ...env };
      const pipeline = await program(() => new Pipeline(seen, clock));
      scenario = { clock, env: seen, log: new Log(seen, clock), pipeline };
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
