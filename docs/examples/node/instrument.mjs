/**
 * One call for what happens in the program: a line in the log, always and first, and then what it
 * describes, if anything, for telemetry: captured once, or recorded once.
 */

/** `log` and `pipeline` swallow what goes wrong in them, and the pipeline asks for consent. */
export function instrument({ log, pipeline }, { component, level, message, ...described }) {
  const { event, rollup, properties, session } = described;
  log.write(level, component, `${message}${shown(properties)}`);
  if (!event) return;
  if (rollup === "none") pipeline.capture(event, properties);
  else if (rollup === "session") pipeline.record(event, properties, session);
  else pipeline.record(event, properties);
}

function shown(properties) {
  if (properties === null || properties === undefined) return "";
  try {
    return ` ${JSON.stringify(properties)}`;
  } catch {
    return " (properties that cannot be shown)";
  }
}
