# frozen_string_literal: true

# A kettle's telemetry, in plain Ruby.
#
# Rule 1: deny by default: what LISTED does not name, or whose value does not fit, is not sent.
# Rule 2: consent is asked when something is captured, and again before each request.
# Rule 3: nothing here raises, prints, or makes the program wait for the network.

require "fileutils"
require "json"
require "net/http"
require "securerandom"

class Pipeline
  VERSION = "1.0.0"
  HOST = "https://us.i.posthog.com"
  KEY = "your project key, phc_..."
  QUEUE_MAX = 200
  SHUTDOWN_S = 2
  ATTEMPTS = 2
  OFF = %w[0 false off no n none disable disabled].freeze
  ON = %w[1 true on].freeze
  LARGEST = 2**53
  UUID = /\A\h{8}-\h{4}-4\h{3}-[89ab]\h{3}-\h{12}\z/

  # The same as in contract.toml: an event with its properties, and how often a day.
  LISTED = {
    "water_boiled" => {
      "litres" => ->(it) { (Integer === it || Float === it) && (0..LARGEST).cover?(it) },
      "started_by" => ->(it) { String === it && %w[button timer].include?(it) }
    }
  }.freeze
  A_DAY = 500
  DAYS_KEPT = 8

  # env is asked each time, so that a change is noticed; clock gives epoch milliseconds.
  def initialize(env = ENV, clock = -> { Process.clock_gettime(Process::CLOCK_REALTIME, :millisecond) })
    @env = env
    @clock = clock
    @queue = []
    @today = [nil, 0]
    @lock = Mutex.new
    @moved = ConditionVariable.new
    @sending = false
    @closed = false
  end

  # Sends an event some time soon, or not at all.
  def capture(event, properties = {})
    return unless String === event && LISTED.key?(event) && consent.first

    at = @clock.call
    item = { "event" => event, "properties" => allowed(LISTED[event], properties), "at" => at,
             "uuid" => SecureRandom.uuid }
    @lock.synchronize do
      next if @closed || !left?(event, at)

      @queue.shift if @queue.size >= QUEUE_MAX
      @queue.push(item)
      @thread = Thread.new { work } unless @thread&.alive?
      @moved.broadcast
    end
    nil
  rescue StandardError, SystemStackError
    nil # Losing an event is better than stopping the program.
  end

  # Whether anything may be sent, and who says so.
  def consent
    return [false, "DO_NOT_TRACK"] unless ["", "0", "false"].include?(@env["DO_NOT_TRACK"].to_s)

    said = @env["KETTLE_TELEMETRY"].to_s.strip.downcase
    return [ON.include?(said), "KETTLE_TELEMETRY"] if ON.include?(said) || OFF.include?(said)

    settings = read_settings
    return [false, "telemetry.json"] unless settings # What is damaged may have been an opt-out.

    enabled = settings["enabled"]
    enabled.nil? ? [true, "default"] : [enabled == true, "telemetry.json"]
  end

  # Returns when all is sent, after so many seconds at the latest.
  def flush(limit_s = 5)
    ends = now_s + limit_s
    @lock.synchronize do
      while (@sending || @queue.any?) && now_s < ends && @thread&.alive?
        @moved.wait(@lock, [ends - now_s, 0.01].max)
      end
    end
    nil
  end

  # Sends what is queued, within two seconds; then nothing ever.
  def shutdown
    @lock.synchronize { @closed = true }
    flush(SHUTDOWN_S)
    abandon
  end

  # Ends at once; what is queued is lost.
  def abandon
    @lock.synchronize do
      @closed = true
      @queue.clear
      @thread&.kill
      @moved.broadcast
    end
    @thread&.join
    nil
  end

  private

  def now_s
    Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end

  def allowed(rules, properties)
    return {} unless Hash === properties

    rules.each_with_object({}) do |(key, fits), kept|
      value = properties[key]
      kept[key] = value if fits.call(value)
    rescue StandardError
      nil # The others may be read.
    end
  end

  # Whether the day has room for it; every process of this install counts.
  def left?(event, at)
    day = Time.at(at / 1000).utc.strftime("%Y-%m-%d")
    @today = [day, 0] unless @today.first == day
    return false if @today.last >= A_DAY

    @today[1] = [@today.last + 1, longer(day, event)].max
    @today.last <= A_DAY
  end

  # How long that day's file is, once it is longer by one; 0 where nothing can be written.
  def longer(day, event)
    days = File.join(data_dir, "telemetry-sent")
    unless File.directory?(File.join(days, day))
      FileUtils.mkdir_p(File.join(days, day))
      Dir.children(days).sort[...-DAYS_KEPT].each { |old| FileUtils.rm_r(File.join(days, old)) }
    end
    File.open(File.join(days, day, event), File::WRONLY | File::APPEND | File::CREAT) do |file|
      file.syswrite(".")
      file.sysseek(0, IO::SEEK_CUR)
    end
  rescue SystemCallError
    0
  end

  def work
    Thread.current.report_on_exception = false
    while (item = taken)
      ATTEMPTS.times { break if sent?(item) }
    end
  end

  # The next item; waits for one. It counts as being sent from now on.
  def taken
    @lock.synchronize do
      @sending = false
      @moved.broadcast
      @moved.wait(@lock) while @queue.empty?
      @sending = true
      @queue.shift
    end
  end

  # Whether it is done with: stored, refused for good, or not wanted any more.
  def sent?(item)
    return true unless consent.first # No connection, no install id either.

    status = post(item)&.code.to_i
    status < 500 && status != 408 && status != 429
  rescue StandardError
    false # The network failed: once more, with the same uuid.
  end

  def post(item)
    url = URI.join(@env["KETTLE_POSTHOG_HOST"] || HOST, "/batch/")
    at = Time.at(item["at"] / 1000, item["at"] % 1000, :millisecond).utc
    event = {
      "event" => item["event"], "distinct_id" => install_id, "uuid" => item["uuid"],
      "timestamp" => at.strftime("%Y-%m-%dT%H:%M:%S.%LZ"),
      "properties" => { **item["properties"], "version" => VERSION,
                        "$process_person_profile" => false, "$geoip_disable" => true }
    }
    body = JSON.generate("api_key" => @env["KETTLE_POSTHOG_KEY"] || KEY, "batch" => [event])
    # No proxy out of the environment, no redirect, no attempt of the library's own.
    http = Net::HTTP.new(url.host, url.port, nil)
    http.use_ssl = url.scheme == "https"
    http.open_timeout = http.read_timeout = http.write_timeout = 1
    http.max_retries = 0
    http.start do |open|
      # Whoever opted out while the connection was made did not mean it to leave.
      open.post(url.path, body, "Content-Type" => "application/json") if consent.first
    end
  end

  def data_dir
    @env["KETTLE_DATA_DIR"] || File.join(@env["HOME"].to_s, ".kettle")
  end

  def settings_file
    File.join(data_dir, "telemetry.json")
  end

  # What the settings file holds; nil for a damaged one.
  def read_settings
    # A pipe would block whoever opens it, and a device has no end.
    return nil unless File.stat(settings_file).file?

    text = File.read(settings_file, encoding: "UTF-8")
    # Ruby reads comments, which are no JSON, and would be lost when the file is written.
    return nil if text.gsub(/"(?:[^"\\]|\\.)*"/m, "").include?("/")

    content = JSON.parse(text)
    Hash === content ? content : nil
  rescue Errno::ENOENT, Errno::ENOTDIR
    {}
  rescue StandardError
    nil
  end

  # One random id for this install, kept beside the decision.
  def install_id
    @install_id ||= kept_id
  rescue SystemCallError
    @install_id = SecureRandom.uuid # Where nothing can be written, this process has one of its own.
  end

  def kept_id
    FileUtils.mkdir_p(data_dir)
    # Two processes that start at once make one id. Who dies lets go of the lock.
    File.open(data_dir) do |directory|
      directory.flock(File::LOCK_EX)
      settings = read_settings
      return settings["installId"] if settings && settings["installId"].to_s.match?(UUID)

      SecureRandom.uuid.tap { |id| write({ **settings, "installId" => id }) if settings }
    end
  end

  def write(settings)
    fresh = "#{settings_file}.#{Process.pid}"
    File.write(fresh, JSON.generate(settings))
    File.rename(fresh, settings_file)
  end
end
