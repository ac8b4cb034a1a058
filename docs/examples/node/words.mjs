/**
 * Which words may be sent as they are. A word is judged by what it is made of, and by nothing that
 * it means: letters that could be pronounced, few digits, no more of either than people write.
 */
import { RE2JS } from "re2js";

const WORD_CHARS = 64;
const LETTERS_MAX = 19;
const CAPITALS_MAX = 16;
const DIGITS_MAX = 8;
const MIXED_MAX = 10;

/** Characters that stand for another one, and the one they stand for. */
export const LOOKALIKES = new Map([
  ["\u2044", "/"], ["\u2215", "/"], ["\u29f8", "/"], ["\u29f5", "\\"], ["\u2216", "\\"],
  ["\u29f9", "\\"], ["\ufe68", "\\"], ["\u2024", "."],
  ["\u3002", "."], ["\ufe52", "."], ["\ufe6b", "@"], ["\ua789", ":"], ["\u2236", ":"],
  ["\u201c", '"'], ["\u201d", '"'], ["\u201e", '"'], ["\u00ab", '"'], ["\u00bb", '"'],
  ["\u2018", "'"], ["\u2019", "'"], ["\u201a", "'"], ["\u2010", "-"], ["\u2011", "-"],
]);

const re = (pattern) => RE2JS.compile(pattern);

// This machine, moments, and what the runtime calls its own files.
const FAMILIAR = re(
  String.raw`(?:127(?:\.\d{1,3}){3}|0\.0\.0\.0|::1)(?::\d{1,5})?[.:]*|` +
    String.raw`(?:19|20)\d\d-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?Z?)?[.:]*|` +
    String.raw`(?:node|bun):[a-z_]{1,20}(?:/[a-z_]{1,20}){0,3}(?::\d{1,5}){0,2}`,
);
const ADDRESS =
  String.raw`(?:\d{1,3}\.){3}\d{1,3}|(?:[0-9A-Fa-f]{1,4}::?){3}|(?:[0-9A-Fa-f]{2}[:-]){5}`;
const ENCODED = String.raw`%[0-9A-Fa-f]{2}|\\[ux][0-9A-Fa-f]|&#`;
const MAIL = String.raw`[^@]@(?:[^\d^~]|$)`;
const HOST =
  String.raw`(?i)[\w-]\.(?:com|org|net|edu|gov|example|local|internal|corp|lan|invalid)(?:$|\W)|` +
  String.raw`\w\.[\w-]+\.(?:io|dev|app|cloud|ai|co|uk|de|fr|eu|us|ch)(?:$|\W)`;
const PATH = String.raw`\\..|/.*/|^[~.]*/.|/$`;
const ASSIGNED = String.raw`=.`;
const NUMBERED = re(
  String.raw`[^=?&/\\]*={1,3}(?:-?\d{1,7}(?:\.\d{1,7})?|` +
    "true|false|null|none|None|undefined)[.:!?]*",
);
// Keys that say whose they are.
const PREFIXED =
  String.raw`(?:^|[^\p{L}\p{N}])(?:sk|pk|rk|xox[a-z])[-_][\w-]{12}|glpat-[\w-]{12}|` +
  String.raw`(?:gh[oprsu]|ph[cx]|npm|hf|github_pat|whsec)_\w{12}|AKIA\w{8}|AIza\w{8}|eyJ\w{8}`;
const SUSPECT = re([ADDRESS, ENCODED, MAIL, PATH, ASSIGNED, PREFIXED].join("|"));
const HOSTS = re(HOST);

// As the names of models have it.
const DAY = re(String.raw`20[0-9]{2}[01][0-9][0-3][0-9]`);
const CHUNK = re(String.raw`[\p{L}\p{N}]+`);
const RUN = re(String.raw`\p{Lu}?\p{Ll}+|\p{Lu}+|[\p{Lo}\p{Lt}\p{Lm}]+|\p{N}+`);
const MARKERS = [
  [re(ENCODED), "<encoded>"],
  [re("@"), "<email>"],
  [re(ADDRESS), "<ip>"],
  [HOSTS, "<host>"],
];

/** Whether `word`, which holds neither spaces nor brackets, is as ordinary as it looks. */
export function plain(word) {
  if (FAMILIAR.testExact(word)) return true;
  if (word.length > WORD_CHARS || HOSTS.test(word)) return false;
  const chunks = [...CHUNK.matchAll(word)].map(([chunk]) => [...RUN.matchAll(chunk)].map(first));
  if (chunks.length === 0) return true; // punctuation
  if (SUSPECT.test(word) && !NUMBERED.testExact(word)) return false;
  const mixed = chunks.filter((runs) => runs.length > 1 && runs.some(isNumber));
  const numbers = chunks.flat().filter((run) => isNumber(run) && !DAY.testExact(run));
  return (
    chunks.every(pronounceable) &&
    numbers.join("").length <= DIGITS_MAX &&
    mixed.every((runs) => runs.length <= 4) &&
    mixed.flat().join("").length <= MIXED_MAX
  );
}

/** What stands for a word that is not sent. */
export function marker(word) {
  return MARKERS.find(([pattern]) => pattern.test(word))?.[1] ?? "<secret>";
}

// Chance changes between small letters, capitals and digits more often than people do.
function pronounceable(runs) {
  const length = runs.join("").length;
  if (length >= 12 && length / runs.length < (length < 20 ? 2.6 : 3.2)) return false;
  return runs.every((run) => {
    const shouted = run.length > 1 && run === run.toUpperCase() && run !== run.toLowerCase();
    return run.length <= (shouted ? CAPITALS_MAX : LETTERS_MAX);
  });
}

const first = ([match]) => match;
const isNumber = (run) => run[0] >= "0" && run[0] <= "9";
