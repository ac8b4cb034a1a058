/**
 * Errors of the `exception` operation, really thrown: through functions of the names, in files of
 * the paths, that the harness gave. The files need not exist.
 */
import vm from "node:vm";

import { build, HOSTILE } from "./hostile.mjs";

/** The error that `fault` describes, caught after it was thrown, or the hostile value. */
export function raised(fault) {
  if (fault.hostile !== undefined) {
    if (!Object.hasOwn(HOSTILE, fault.hostile)) throw new TypeError(`unknown: ${fault.hostile}`);
    return HOSTILE[fault.hostile]();
  }
  const { frames = [] } = fault;
  const error = made(fault);
  const thrower = () => {
    const thrown = error();
    // From the innermost of the given frames on: what is above it is ours.
    if (fault.stack === undefined) Error.captureStackTrace(thrown, thrower);
    throw thrown;
  };
  const call = frames.reduceRight((inner, frame) => through(frame, inner), thrower);
  try {
    call();
  } catch (caught) {
    return caught;
  }
}

// The error is constructed where it is thrown: that is when a stack is made.
function made({ type = "Error", message = "", cause, context, group = [], stack }) {
  const said = build(message);
  const trace = build(stack);
  // JavaScript knows one error behind another, and calls it the cause.
  const behind = cause ?? context;
  const members = group.map(raised);
  const base = members.length > 0 ? AggregateError : Error;
  const kind = { [type]: class extends base {} }[type];
  const options = behind === undefined ? undefined : { cause: raised(behind) };
  return () => {
    const given = [plain(said), options];
    const error = members.length > 0 ? new kind(members, ...given) : new kind(...given);
    // Before there is a message that refuses: whoever replaces a stack has the old one made first.
    if (stack !== undefined) Object.defineProperty(error, "stack", { get: () => trace });
    error.name = type;
    if (typeof said !== "string") error.message = said;
    return error;
  };
}

// Constructors turn a message into text, which a hostile one may refuse; it is assigned instead.
const plain = (message) => (typeof message === "string" ? message : "");

function through({ function: name, file, source = "", locals = {} }, inner) {
  const variables = Object.keys(locals).map((key) => `  const ${key} = localsOfFrame["${key}"];`);
  const comment = source ? ` // ${source.replaceAll(/\s+/g, " ")}` : "";
  const head = `(innerOfFrame, localsOfFrame) => function ${name}() {`;
  const lines = [head, ...variables, `  innerOfFrame();${comment}`, "}"];
  return vm.runInThisContext(lines.join("\n"), { filename: file })(inner, locals);
}
