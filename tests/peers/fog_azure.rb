# Opens a Rails connection document for Azure with GitLab's own fork of fog-azure-rm, as GitLab does, and writes, reads, lists and
# deletes a blob.
#
#   ruby fog_azure.rb CONNECTION CONTAINER
#
# Nothing is added to the document. Prints a line of JSON for each action, as fog.rb does. Exits 1 if one failed.

require "json"
require "tempfile" # Rails has it
require "yaml"
$stderr = File.open(File::NULL, "w") # fog's own deprecations
require "fog/azurerm"

abort "usage: fog_azure.rb CONNECTION CONTAINER" unless ARGV.length == 2
file, container = ARGV
$failed = false

def act(name)
  puts JSON.generate({ action: name, ok: true }.merge(yield || {}))
rescue StandardError, Psych::SyntaxError => e # rubocop:disable Lint/ShadowedException
  $failed = true
  puts JSON.generate(action: name, ok: false, message: "#{e.class}: #{e.message.lines.first(3).join.strip}")
ensure
  $stdout.flush
end

storage = nil
act(:connect) do
  document = YAML.safe_load(File.read(file))
  raise "the document is not a map" unless document.is_a?(Hash)

  storage = Fog::Storage.new(document.transform_keys(&:to_sym))
  { provider: document.fetch("provider"), types: document.transform_values { |v| v.class.name } }
end
exit 1 unless storage

# GitLab never lists containers: it takes the directory for granted, too.
directory = storage.directories.new(key: container)
body = "fog probe " * 1000
act(:put) { directory.files.create(key: "fog/probe", body: body) && nil }
act(:get) do
  file = directory.files.get("fog/probe") or raise "the blob is not there"
  raise "the blob that came back is not the one that was sent" unless file.body == body
end
act(:list) { { keys: storage.list_blobs(container, prefix: "fog/")[:blobs].map(&:name) } }
act(:link) { { host: URI(directory.files.new(key: "fog/probe").url(Time.now + 60)).host } }
act(:delete) { storage.delete_blob(container, "fog/probe") && nil }
exit($failed ? 1 : 0)
