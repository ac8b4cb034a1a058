/**
 * Free text made fit to be sent: what an error says, without what it tells of anybody.
 *
 * Rule 1: allow, then redact. A word goes through because it looks like an ordinary word, a short
 * number, a version or an identifier; whatever looks like nothing of these becomes a marker. What
 * spans several words and looks ordinary word by word is taken out before: `RULES`.
 * Rule 2: the cut comes last, between words, and half a secret never survives it.
 * Rule 3: total, idempotent and linear. Every pattern that sees the text runs on RE2's automata;
 * all of it is repeated until nothing changes, and a text that does not settle is withheld.
 *
 * Patterns cannot make free text safe: a secret in ordinary words looks like ordinary words.
 */
import { RE2JS } from "re2js";

import { LOOKALIKES, marker, plain } from "./words.mjs";

export const WITHHELD = "<text>";

const RAW_CHARS = 2_048;
const ROUNDS = 4;

const re = (pattern) => RE2JS.compile(pattern);
const oneOf = (list) => `(?:${list.trim().split(/\s+/).join("|")})`;
const replaced = (pattern, text, by) => pattern.matcher(text).replaceAll(by);

// What hides a secret from a pattern, and not from a reader.
const ESCAPES = re(String.raw`\x1b(?:\[[0-9;?]*[ -/]*[@-~]?|.)?`);
const UNSEEN = re(String.raw`[\p{Cf}\p{Mn}\p{Co}\x00-\x08\x0e-\x1f\x7f-\x9f\x{fffd}]`);
const ENDS = re(String.raw`\r\n?|[\x0b\x0c\p{Zl}\p{Zp}]`);
const SPACES = re(String.raw`[\t\p{Zs}]`);
const FULL_WIDTH = re(String.raw`[\x{ff01}-\x{ff5e}]`);
const UNUSUAL = re(`[${[...LOOKALIKES.keys()].join("")}]`);
const FOLDED = re(String.raw`\s+`);

// Source code: the line under a frame, numbered excerpts, the line above carets.
const FRAME = re(String.raw`\s*File "[^"]*", line \d+.*`);
const TRACE = re(String.raw`\s*File ".*|\S.*`);
const EXCERPT = re(String.raw`\s*>?\s*\d+ \|.*`);
const CARETS = re(String.raw`[\s~^]*\^[\s~^]*`);

const DRIVE = String.raw`[A-Za-z]:`;
const ROOT =
  String.raw`(?:<name>|${DRIVE}|~[\w.-]*|\.{1,2})?[\\/]+(?:[?.]\\+)?(?:${DRIVE}[\\/]+)?`;
const PART = "[^\\s\\\\/:*?\"'`<>|,;()\\[\\]{}]+";
// Spaces belong to it where a separator follows, or the end of a document's name.
const DOCUMENT = oneOf(`md txt rtf pdf docx? odt xlsx? pptx? csv json ya?ml html? png jpe?g svg zip
  log`);
const ENDING = `${PART}(?: ${PART}){1,6}\\.${DOCUMENT}\\b|${PART}`;
const ROOTED = `${ROOT}(?:${PART}(?: ${PART}){0,4}[\\\\/]+)*(?:${ENDING})[\\\\/]*(?::\\d+){0,2}`;
const SOURCE = oneOf("py [cm]?[jt]sx? rb go rs java kt c cc cpp h hpp cs php swift sh vue");
const CODE = re(String.raw`(?i)[\w.$-]+\.${SOURCE}(?::\d+){0,2}`);
const WORDY = re(String.raw`\S+\s+\S+\s+\S`);
const MARKER = "<(?:args|email|encoded|host|ip|name|number|path|pem|secret|text|url)>";
const MARKED = re(String.raw`(?s)["']?${MARKER}(?:[^\w].*)?`);
// What is said of a password, and is none.
const SAID_OF_IT = re(String.raw`(?i)${oneOf(`not wrong invalid incorrect empty missing required
  expired unknown unset set too longer shorter the a an`)}[.:!]*`);
const NOBODY = re(String.raw`(?i)(?:root|admin|null|undefined|none|true|false|\d+)[.:]*`);
const SENT_ALONG = re(String.raw`(?:^|\s)-|://|@`);

const SECRET_KEY = oneOf(String.raw`passw(?:or)?d passphrase pass pwd secret api[_-]?key
  (?:access|private|account)[_-]?key token credentials? authorization signature session[_-]?id
  cookie sid auth`);
const HEADER = oneOf(String.raw`(?:proxy-)?authorization (?:set-)?cookie
  x-[\w-]*(?:key|token|auth|user|session|forwarded)[\w-]*`);
const NAMED_KEY = oneOf(String.raw`user(?:[_-]?name)? login owner author account tenant customer
  project workspace`);
const ASKED = String.raw`prompt|completion|(?:user|assistant)\s+(?:said|asked|wrote)`;
const COMMAND = oneOf(String.raw`curl wget mysql psql ssh scp docker redis-cli mongosh? git
  aws kubectl`);
const VALUE = String.raw`"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?|[^\s,;]+`;

const secretAfter = (whole, key, between, value) =>
  MARKED.testExact(value) ? whole : `${key}${between}<secret>`;
const nameAfter = (whole, key, between, value) =>
  MARKED.testExact(value) || NOBODY.testExact(value) ? whole : `${key}${between}<name>`;
const textAfter = (whole, key, between, value) =>
  MARKED.testExact(value) ? whole : `${key}${between}<text>`;

/** What spans words, in this order. A value that is a marker already stays as it is. */
const RULES = [
  // A block that is cut off goes on to the end of the text.
  [String.raw`(?s)-----BEGIN.*?(?:-----END[^\n-]*-----|\z)`, "<pem>"],
  [String.raw`(?s)<[A-Za-z][\w-]*>.*?</[A-Za-z][\w-]*>`, WITHHELD],
  [String.raw`(?i)\b(${HEADER})(["']?\s*[:=]\s*)([^\n]+)`, secretAfter],
  [
    String.raw`(?i)\b(${COMMAND})([ \t]+)((?:[^\n]|\\\n)+)`,
    (whole, command, between, rest) =>
      SENT_ALONG.test(rest) ? `${command}${between}<args>` : whole,
  ],
  [
    String.raw`(?i)\b(bearer|basic|digest)(\s+)([A-Za-z+/=._~-]*[0-9+/=._~-][\w+/=.~-]*)`,
    secretAfter,
  ],
  // Quoted paths go to their closing quote, whatever spaces there are.
  ...['"', "'", "`"].map((quote) => [
    `${quote}(${ROOT}[^${quote}\\n]+)${quote}?`,
    (_, path) => `${quote}${basename(path)}${quote}`,
  ]),
  [
    "[A-Za-z][\\w+.-]*://[^\\s\"'<>`]*",
    (url) => {
      const end = trailing(url);
      const shown = url.toLowerCase().startsWith("file:") ? basename(url.slice(0, end)) : "<url>";
      return shown + url.slice(end);
    },
  ],
  [`(^|[\\s"'\`(=:,\\[{<>|])(${ROOTED})`, (_, before, path) => before + basename(path)],
  [String.raw`(?i)\b(${ASKED})(["']?\s*[:=]\s*)([^\n]+)`, textAfter],
  [String.raw`\b([A-Z][A-Z0-9_]{2,})(=)(${VALUE})`, secretAfter],
  [String.raw`(?i)([\w.-]*${SECRET_KEY})(["']?\s*(?:=>|:=|=|:)\s*)(${VALUE})`, secretAfter],
  [String.raw`(?i)(--?[\w-]*${SECRET_KEY})(\s+)(${VALUE})`, secretAfter],
  [String.raw`(?i)\b(${NAMED_KEY})(["']?\s*(?:=>|:=|=|:)\s*)(${VALUE})`, nameAfter],
  [
    String.raw`(?i)\b(password|passphrase|secret|token|key|pin)(\s+(?:is|was)\s+)(${VALUE})`,
    (whole, ...rest) => (SAID_OF_IT.testExact(rest[2]) ? whole : secretAfter(whole, ...rest)),
  ],
  [String.raw`\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b`, "<number>"],
  // A date first: it has as many digits as the beginning of a phone number. Digits within a longer
  // word are that word's.
  [
    String.raw`(^|[^\w-]|\W-)(?:(\d{4}[-/]\d\d[-/]\d\d\b)|(\+?\(?\d[\d ()\-/]{7,}\d)($|[^\w-]))`,
    (whole, before, date, number, after) =>
      date || digits(number) < 9 ? whole : `${before}<number>${after}`,
  ],
  [
    String.raw`[^\s<>"'@(\[]+(?: @ |@| ?[\[(]at[\])] ?)[^\s<>"'@)\]]+`,
    (found) => (plain(found) ? found : "<email>"),
  ],
  // What a database puts in brackets after these is a row of somebody's.
  [
    String.raw`(?i)(\)=|\bcontains |\bvalue is |\bparameters: )[(\[][^\n]*[)\]]`,
    (_, before) => `${before}(${WITHHELD})`,
  ],
  // Three words in quotes are somebody's words: a prompt, an answer, a row of a table.
  ...['"', "`"].map((quote) => [
    `${quote}([^${quote}\\n]*)${quote}`,
    (whole, inner) => (WORDY.test(inner) ? `${quote}${WITHHELD}${quote}` : whole),
  ]),
  [
    String.raw`(^|[\s(\[{=:,])'((?:[^'\n]|\w'\w)*)'($|[\s)\]},.:;!?])`,
    (whole, before, inner, after) =>
      WORDY.test(inner) ? `${before}'${WITHHELD}'${after}` : whole,
  ],
].map(([pattern, by]) => [re(pattern), by]);

const WORD = re("[^\\s\"'`()\\[\\]{}<>,;]+");

/**
 * `text` without secrets, at most `max` characters of it.
 *
 * `known` holds names and directories to be taken out wherever they stand, in any case.
 */
export function redact(text, { max, known = [] }) {
  try {
    const names = alternation(known);
    let now = folded(beginning(String(text)));
    for (let round = 0; round < ROUNDS; round += 1) {
      const next = cut(once(now, names), max);
      if (next === now) return now;
      now = next;
    }
  } catch {
    // Its text cannot be had.
  }
  return WITHHELD;
}

// Up to a space: the half of a secret is no secret that a rule knows.
function beginning(text) {
  if (text.length <= RAW_CHARS) return text;
  const end = Math.max(text.lastIndexOf(" ", RAW_CHARS), text.lastIndexOf("\n", RAW_CHARS));
  return end > 0 ? text.slice(0, end) : WITHHELD;
}

function folded(text) {
  const steps = [
    [ESCAPES, ""], [ENDS, "\n"], [SPACES, " "], [UNSEEN, ""],
    [FULL_WIDTH, (found) => String.fromCharCode(found.charCodeAt(0) - 0xfee0)],
    [UNUSUAL, (found) => LOOKALIKES.get(found)],
  ];
  return steps.reduce((now, [pattern, by]) => replaced(pattern, now, by), text.toWellFormed());
}

function once(text, names) {
  let now = withoutSource(text);
  if (names) now = replaced(names, now, (_, before, __, after) => `${before}<name>${after}`);
  for (const [pattern, by] of RULES) now = replaced(pattern, now, by);
  now = replaced(WORD, now, (word) => (plain(word) ? word : judged(word)));
  return replaced(FOLDED, now, " ").trim();
}

function withoutSource(text) {
  if (!text.includes("\n")) return text;
  const lines = text.split("\n");
  return lines
    .filter((line, index) => {
      const [above = "", below = ""] = [lines[index - 1], lines[index + 1]];
      const quoted = FRAME.testExact(above) && !TRACE.testExact(line);
      const marked = CARETS.testExact(line) || CARETS.testExact(below);
      return !quoted && !marked && !EXCERPT.testExact(line);
    })
    .join("\n");
}

// What stands around a word that is taken out may stay, and the key of a value.
function judged(word) {
  const end = trailing(word);
  const core = word.slice(0, end);
  const rest = word.slice(end);
  const at = core.indexOf("=");
  if (at > 0 && plain(core.slice(0, at))) return `${core.slice(0, at)}=${WITHHELD}${rest}`;
  const slashed = core.includes("/") || core.includes("\\");
  return (slashed ? basename(core) : marker(core)) + rest;
}

function trailing(text) {
  let end = text.length;
  while (end > 0 && ".,:;!?)]}".includes(text[end - 1])) end -= 1;
  return end;
}

/** The name of a code file, with line and column; of any other path nothing. */
export function basename(path) {
  const name = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
  return CODE.testExact(name) && plain(name) ? name : "<path>";
}

function digits(text) {
  let count = 0;
  for (const char of text) if (char >= "0" && char <= "9") count += 1;
  return count;
}

function alternation(known) {
  const forms = known.filter((name) => name.length >= 3);
  // As tools write a directory where a name is wanted: -home-ada-kettle.
  const mangled = forms.map((name) => name.replaceAll("/", "-").replaceAll("\\", "-"));
  const longest = [...new Set([...forms, ...mangled])].sort((a, b) => b.length - a.length);
  if (longest.length === 0) return null;
  const names = longest.map((name) => RE2JS.quote(name)).join("|");
  return re(`(?i)(^|[^\\p{L}\\p{N}])(${names})($|[^\\p{L}\\p{N}])`);
}

function cut(text, max) {
  if (text.length <= max) return text;
  const end = text.lastIndexOf(" ", max);
  return end > 0 ? text.slice(0, end) : WITHHELD;
}
