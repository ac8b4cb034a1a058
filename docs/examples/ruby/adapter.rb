# frozen_string_literal: true

# The example pipeline behind Payloadproof's protocol. Consent and whitelist are in the pipeline and
# none of them here: an adapter that has any of it proves nothing.

require "bigdecimal"
require "date"
require "json"
require "pathname"
require "set"
require_relative "pipeline"

# stdout belongs to the protocol; whatever is printed goes to stderr.
OUT = $stdout.dup
$stdout.reopen($stderr)

CHANGED = "payloadproof-changed-later"

# A map of which what is read raises: all of it, or one value.
class Refusing < Hash
  def initialize(*keys)
    super()
    @refused = keys
  end

  def [](key)
    raise "hostile: this raises" if @refused.empty? || @refused.include?(key)

    "button"
  end
  alias fetch []
end

TEXTLESS = Class.new { def to_s = raise("hostile: no text") }
UNEQUAL = Class.new(Numeric) { def <=>(_) = raise("hostile: no comparison") }

HOSTILE = {
  "nan" => -> { Float::NAN }, "infinity" => -> { Float::INFINITY },
  "circular" => -> { {}.tap { |it| it["self"] = it } },
  "deep" => -> { 5_000.times.reduce({}) { |it, _| { "deeper" => it } } },
  "throwing_getter" => -> { Refusing.new }, "one_throwing_getter" => -> { Refusing.new("litres") },
  "throwing_str" => -> { TEXTLESS.new }, "throwing_comparison" => -> { UNEQUAL.new },
  "lone_surrogate" => -> { +"\xED\xA0\x80" }, "bytes" => -> { "\x00\xFF\xFE".b },
  "huge_string" => -> { "x" * 1_000_000 }, "huge_int" => -> { 10**400 },
  "non_string_key" => -> { { [1, 2] => 3, nil => 4 } }, "date" => -> { Time.at(2**60) },
  "object" => -> { Object.new }, "function" => -> { -> {} }, "untyped" => -> { BasicObject.new },
  "decimal" => -> { BigDecimal("7.25") }, "fraction" => -> { Rational(7, 3) },
  "calendar_date" => -> { Date.new(2026, 2, 28) }, "path" => -> { Pathname("/small") },
  "enum" => -> { :small }, "set" => -> { Set["small"] },
  "read_only_map" => -> { { "started_by" => "button" }.freeze }
}.freeze

def built(json)
  case json
  when Array then json.map { |one| built(one) }
  when Hash
    kind = json["$hostile"]
    kind ? HOSTILE.fetch(kind).call : json.transform_values { |one| built(one) }
  else json
  end
end

# Whether the pipeline changed what it was handed; afterwards it is written over, where asked.
def changed?(properties, params)
  return false if JSON.generate(params["properties"]).include?("$hostile") || !(Hash === properties)

  mutated = properties != params["properties"]
  [*properties.keys, CHANGED].each { |key| properties[key] = CHANGED } if params["overwrite"]
  mutated
end

OPERATIONS = {
  "initialize" => lambda { |_|
    { protocol: 1,
      implementation: { name: "payloadproof-example-ruby", version: Pipeline::VERSION, language: "ruby" },
      capabilities: { ops: OPERATIONS.keys, clock: "virtual", hostile: HOSTILE.keys, errors: [] } }
  },
  "scenario/start" => lambda { |params|
    raise "refused: #{params["host"]} is not loopback" unless params["host"].start_with?("http://127.0.0.1:")

    OPERATIONS["scenario/end"].call({})
    $env = params["env"].dup
    $now = params["now_ms"]
    $pipeline = Pipeline.new($env, -> { $now })
  },
  "capture" => lambda { |params|
    properties = built(params["properties"])
    $pipeline.capture(built(params["event"]), properties)
    $mutated = changed?(properties, params)
  },
  "consent/set" => ->(params) { $env.merge!(params["env"]).compact! && nil },
  "consent/explain" => ->(_) { $pipeline.consent.then { |on, layer| { on: on, layer: layer } } },
  "clock/advance" => ->(params) { $now += params["ms"] }, # The pipeline has no timers.
  "clock/set" => ->(params) { $now = params["now_ms"] },
  "flush" => ->(_) { $pipeline.flush },
  "shutdown" => ->(_) { $pipeline.shutdown },
  "scenario/end" => ->(_) { $pipeline&.abandon },
  "exit" => ->(_) {}
}.freeze

def reply(request)
  operation = OPERATIONS[request["op"]]
  return { unsupported: "this adapter has no #{request["op"]}" } unless operation

  $mutated = false
  said = operation.call(request["params"] || {})
  { ok: Hash === said ? said : {}, **($mutated ? { mutated: true } : {}) }
rescue StandardError => e
  { raised: { type: e.class.name, message: e.message[0, 2_000], stack: e.backtrace&.first(5)&.join("\n") } }
end

$stdin.each_line do |line|
  request = JSON.parse(line)
  OUT.puts(JSON.generate({ id: request["id"], **reply(request) }))
  OUT.flush
  break if request["op"] == "exit"
end
