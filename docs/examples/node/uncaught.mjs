/**
 * Errors that nobody caught, and rejections that nobody handled.
 *
 * Rule 1: one path. They go where every other error goes: consent, switch, limiter and redaction
 * are asked at that moment, by the pipeline.
 * Rule 2: what becomes of the process does not depend on telemetry. Where the program listens
 * itself, it decides. Where it does not, the process ends with 1 as it would have, after the
 * pipeline's shutdown, which is bounded.
 */
const EVENTS = ["uncaughtException", "unhandledRejection"];

/** Reports to `pipeline` what comes to `host`, a process; returns what takes it out again. */
export function watchUncaught(pipeline, host = process) {
  const listeners = EVENTS.map((event) => {
    const listener = (error) => {
      pipeline.exception(error, undefined, { handled: false });
      if (host.listenerCount(event) === 1) void end(error);
    };
    host.on(event, listener);
    return () => host.off(event, listener);
  });

  async function end(error) {
    try {
      console.error(error);
    } catch {
      // It refuses to be read, and ends the process all the same.
    }
    await pipeline.shutdown();
    host.exit(1);
  }

  return () => listeners.forEach((off) => off());
}
