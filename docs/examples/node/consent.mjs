/**
 * Whether telemetry may be sent, and under which id: the only reader of the consent variables and
 * of telemetry.json.
 *
 * Rule 1: the first layer that decides wins: DO_NOT_TRACK, CLAUDE_MEM_TELEMETRY, telemetry.json;
 * where none does, telemetry is on.
 * Rule 2: a file that cannot be understood may hold an opt-out, so it counts as one, and it is left
 * as it is.
 * Rule 3: nothing is written before consent is known to be on.
 */
import { randomUUID } from "node:crypto";
import fs from "node:fs";
import path from "node:path";

const OFF = new Set(["0", "false", "off", "no", "n", "none", "disable", "disabled"]);
const ON = new Set(["1", "true", "on"]);
// Random ones only: a time-based one tells when and on which machine it was made.
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
const SIZE_MAX = 64 * 1024;

export class Consent {
  #env;
  #seen = { stamp: null, content: undefined };
  #ownId;

  /** `env` is read on each call, so that a change is honoured at once. */
  constructor(env) {
    this.#env = env;
  }

  granted() {
    return this.explain().on;
  }

  /** Whether telemetry is on, and the layer that says so. */
  explain() {
    const killed = this.#env.DO_NOT_TRACK ?? "";
    if (!["", "0", "false"].includes(killed)) return { on: false, layer: "DO_NOT_TRACK" };
    const said = (this.#env.CLAUDE_MEM_TELEMETRY ?? "").trim().toLowerCase();
    if (OFF.has(said) || ON.has(said)) return { on: ON.has(said), layer: "CLAUDE_MEM_TELEMETRY" };
    const file = this.#read();
    if (file === "damaged") return { on: false, layer: "telemetry.json" };
    if (typeof file?.enabled === "boolean") return { on: file.enabled, layer: "telemetry.json" };
    return { on: true, layer: "default" };
  }

  /** Ask only with consent: the id is created when it is first needed. */
  installId() {
    try {
      const file = this.#read();
      if (UUID.test(file?.installId)) return (this.#ownId = file.installId);
      if (file !== "damaged") return (this.#ownId = this.#create(file));
    } catch {
      // No directory to write to.
    }
    // One that was sent, though the file has lost it; or else an id of this process alone: it links
    // nothing, and loses nothing but the link.
    return (this.#ownId ??= randomUUID());
  }

  get #path() {
    const directory = this.#env.CLAUDE_MEM_DATA_DIR;
    return directory && path.join(directory, "telemetry.json");
  }

  /** The file's content, undefined where there is none, or "damaged". */
  #read() {
    if (!this.#path) return undefined;
    let stamp;
    try {
      const stat = fs.statSync(this.#path, { bigint: true });
      // Opening a pipe would block, and a device has no end.
      if (!stat.isFile() || stat.size > SIZE_MAX) return "damaged";
      stamp = [this.#path, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join(" ");
    } catch (fault) {
      return fault.code === "ENOENT" || fault.code === "ENOTDIR" ? undefined : "damaged";
    }
    if (stamp !== this.#seen.stamp) this.#seen = { stamp, content: parse(this.#path) };
    return this.#seen.content;
  }

  #create(content) {
    const file = this.#path;
    if (!file) throw new Error("no data directory");
    fs.mkdirSync(path.dirname(file), { recursive: true });
    if (content === undefined && !this.#ownId) publish(file, JSON.stringify({ installId: randomUUID() }, null, 2));
    else this.#complete(file);
    const written = this.#read();
    if (!UUID.test(written?.installId)) throw new Error("another process wrote something else");
    return written.installId;
  }

  /** Two processes that start at once write one id: that of whoever laid the claim first. */
  #complete(file) {
    const claim = `${file}.claim`;
    publish(claim, this.#ownId ?? randomUUID());
    // Gone already: then the file was completed meanwhile, and holds an id.
    const installId = fs.existsSync(claim) ? fs.readFileSync(claim, "utf8") : undefined;
    const content = this.#read();
    if (!UUID.test(content?.installId) && UUID.test(installId)) {
      const draft = `${file}.${randomUUID()}`;
      fs.writeFileSync(draft, JSON.stringify({ ...content, installId }, null, 2) + "\n");
      fs.renameSync(draft, file);
    }
    fs.rmSync(claim, { force: true });
  }
}

/** Make a file whole or not at all, and never over one that another process made first. */
function publish(file, text) {
  const draft = `${file}.${randomUUID()}`;
  fs.writeFileSync(draft, text, { flag: "wx" });
  try {
    fs.linkSync(draft, file);
  } catch (fault) {
    if (fault.code !== "EEXIST") throw fault;
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

function parse(file) {
  try {
    const content = JSON.parse(fs.readFileSync(file, "utf8"));
    const sound =
      typeof content === "object" &&
      content !== null &&
      !Array.isArray(content) &&
      ["boolean", "undefined"].includes(typeof (content.enabled ?? undefined));
    return sound ? content : "damaged";
  } catch {
    return "damaged";
  }
}
