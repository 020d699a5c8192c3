# Opens a Rails connection document (the YAML in GitLab's object storage Secret) with Fog, as GitLab does, and writes,
# reads, lists and deletes an object.
#
#   ruby fog.rb CONNECTION ENDPOINT BUCKET
#
# Only `endpoint` and `path_style` are added; with `-` for ENDPOINT, nothing is. Prints a line of JSON for each action: {"action", "ok"} or
# {"action", "ok": false, "status", "code", "message"}; first `connect` with the keys of the document. Exits 1 if one failed.

require "json"
require "yaml"
require "fog/aws"

abort "usage: fog.rb CONNECTION ENDPOINT BUCKET" unless ARGV.length == 3
file, endpoint, bucket = ARGV
$failed = false

def act(name)
  puts JSON.generate({ action: name, ok: true }.merge(yield || {}))
rescue StandardError, Psych::SyntaxError => e # rubocop:disable Lint/ShadowedException
  $failed = true
  answer = e.respond_to?(:response) ? e.response : nil
  puts JSON.generate(action: name, ok: false, status: answer&.status, code: answer&.body.to_s[%r{<Code>(.*?)</Code>}, 1],
                     message: "#{e.class}: #{e.message.lines.first.to_s.strip}")
ensure
  $stdout.flush
end

storage = nil
act(:connect) do
  document = YAML.safe_load(File.read(file))
  raise "the document is not a map" unless document.is_a?(Hash)

  settings = document.transform_keys(&:to_sym)
  provider = settings.fetch(:provider)
  types = document.transform_values { |v| v.class.name }
  address = endpoint == "-" ? {} : { endpoint: endpoint, path_style: true }
  storage = Fog::Storage.new(settings.merge(address))
  { provider: provider, region: storage.region, types: types }
end
exit 1 unless storage

# GitLab never lists buckets: it takes the directory for granted, too.
directory = storage.directories.new(key: bucket)
body = "fog probe " * 1000
act(:put) { directory.files.create(key: "fog/probe", body: body) && nil }
act(:get) do
  file = directory.files.get("fog/probe") or raise "the object is not there"
  raise "the object that came back is not the one that was sent" unless file.body == body
end
act(:list) { { keys: storage.get_bucket(bucket, prefix: "fog/").body["Contents"].map { |o| o["Key"] } } }
act(:multipart) do
  parts = "x" * (5 * 1024 * 1024 + 1000)
  directory.files.create(key: "fog/parts", body: StringIO.new(parts), multipart_chunk_size: 5 * 1024 * 1024)
  { bytes: storage.head_object(bucket, "fog/parts").headers["Content-Length"].to_i }
end
act(:delete) { %w[fog/probe fog/parts].each { |key| storage.delete_object(bucket, key) } && nil }
exit($failed ? 1 : 0)
