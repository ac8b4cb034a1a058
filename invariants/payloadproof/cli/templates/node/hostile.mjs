/**
 * Values that JSON cannot hold. They travel as `{"$hostile": KIND}` and are built here, so that
 * "never throws" is tested on what JavaScript really has.
 */
const TAG = "$hostile";

function circular() {
  const loop = {};
  loop.self = loop;
  return loop;
}

function deep() {
  let nested = {};
  for (let level = 0; level < 5_000; level += 1) nested = { deeper: nested };
  return nested;
}

function refuse() {
  throw new Error("hostile: this throws");
}

export const HOSTILE = {
  nan: () => NaN,
  infinity: () => Infinity,
  circular,
  deep,
  throwing_getter: () => new Proxy({}, { get: refuse, has: refuse, ownKeys: refuse }),
  throwing_str: () => ({ toString: refuse, toJSON: refuse, [Symbol.toPrimitive]: refuse }),
  lone_surrogate: () => "\ud800",
  bytes: () => Buffer.from([0x00, 0xff, 0xfe]),
  huge_string: () => "x".repeat(1_000_000),
  huge_int: () => 10n ** 400n,
  non_string_key: () => new Map([[[1, 2], 3], [null, 4], [Symbol("key"), 5]]),
  date: () => new Date(NaN),
  // Parsed, since a literal would set the prototype instead of a key of that name.
  proto_key: () => JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":1}}'),
  object: () => new (class Opaque {})(),
  function: () => circular,
  one_throwing_getter: () => ({
    page: "small",
    get size() {
      return refuse();
    },
  }),
  untyped: () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  throwing_comparison: () => ({ valueOf: refuse, toJSON: () => 7 }),
  decimal: () => Object(7.25),
  number_like: () => ({ valueOf: () => 7, toJSON: () => 7n }),
  calendar_date: () => new Date(Date.UTC(2026, 1, 28)),
  path: () => new URL("file:///small"),
  enum: () => Symbol("small"),
  set: () => new Set(["small"]),
  read_only_map: () => new Map([["size", "small"]]),
  null_prototype: () => Object.assign(Object.create(null), { size: "small" }),
};

/** Whether a decoded JSON value holds a tag. */
export function tagged(value) {
  if (value === null || typeof value !== "object") return false;
  return Object.hasOwn(value, TAG) || Object.values(value).some(tagged);
}

/** Replaces every tag in a decoded JSON value by the value it names. */
export function build(value) {
  if (Array.isArray(value)) return value.map(build);
  if (value === null || typeof value !== "object") return value;
  const keys = Object.keys(value);
  if (keys.length === 1 && keys[0] === TAG) {
    if (!Object.hasOwn(HOSTILE, value[TAG])) {
      throw new TypeError(`unknown hostile value ${JSON.stringify(value[TAG])}`);
    }
    return HOSTILE[value[TAG]]();
  }
  // fromEntries defines keys instead of assigning them, so that __proto__ stays a key.
  return Object.fromEntries(keys.map((key) => [key, build(value[key])]));
}
