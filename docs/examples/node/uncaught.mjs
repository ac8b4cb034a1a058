/**
 * Errors that nobody caught, and rejections that nobody handled.
 *
 * Rule 1: one path. They go where every other error goes: consent, switch, limiter and redaction
 * are asked at that moment, by the pipeline.
 * Rule 2: what becomes of the process does not depend on telemetry. Where the program listens
 * itself, it decides. Where it does not, the process ends with 1 as it would have, after the
 * pipeline's shutdown, which is bounded.
 */
const UNCAUGHT = "uncaughtException";
const UNHANDLED = "unhandledRejection";

/** Reports to `pipeline` what comes to `host`, a process; returns what takes it out again. */
export function watchUncaught(pipeline, host = process) {
  const report = (error) => pipeline.exception(error, undefined, { handled: false });

  function uncaught(error) {
    report(error);
    if (host.listenerCount(UNCAUGHT) === 1) void end(error);
  }

  async function end(error) {
    try {
      console.error(error);
    } catch {
      // It refuses to be read, and ends the process all the same.
    }
    await pipeline.shutdown();
    host.exit(1);
  }

  // A rejection for which nobody listens is raised by Node as an uncaught exception, and comes to
  // the listener above. One of ours would take that away: it is there while another one is.
  function added(event, listener) {
    if (event === UNHANDLED && listener !== report && !watched()) joined();
  }
  function removed(event) {
    if (event === UNHANDLED && watched() && host.listenerCount(UNHANDLED) === 1) left();
  }
  const watched = () => host.listeners(UNHANDLED).includes(report);
  const joined = () => host.on(UNHANDLED, report);
  const left = () => host.off(UNHANDLED, report);

  // First, since a listener that is there once is gone when it is called.
  host.prependListener(UNCAUGHT, uncaught);
  if (host.listenerCount(UNHANDLED) > 0) joined();
  host.on("newListener", added);
  host.on("removeListener", removed);
  return () => {
    host.off("newListener", added);
    host.off("removeListener", removed);
    host.off(UNCAUGHT, uncaught);
    left();
  };
}
