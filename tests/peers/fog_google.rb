# Opens a Rails connection document (the YAML in GitLab's object storage Secret) with fog-google, as GitLab does, and writes,
# reads, lists and deletes an object.
#
#   ruby fog_google.rb CONNECTION ENDPOINT BUCKET FOREIGN
#
# Only the addresses are changed: of the API, and of the place where the key file is exchanged for a token, which googleauth
# does not take from the file. Prints a line of JSON for each action: {"action", "ok"}. Exits 1 if one failed.

require "json"
require "yaml"
require "fog/google"

file, endpoint, bucket, foreign = ARGV
$failed = false

def act(name)
  yield
  puts JSON.generate(action: name, ok: true)
rescue StandardError => e
  $failed = true
  puts JSON.generate(action: name, ok: false, message: "#{e.class}: #{e.message.lines.first.to_s.strip}")
end

storage = nil
act("connect") do
  settings = YAML.safe_load(File.read(file)).transform_keys(&:to_sym)
  raise "provider is #{settings[:provider]}" unless settings[:provider] == "Google"

  storage = Fog::Storage.new(settings)
  storage.instance_variable_get(:@storage_json).root_url = "#{endpoint}/"
  auth = Google::Apis::RequestOptions.default.authorization
  auth.token_credential_uri = "#{endpoint}/token"
  auth.audience = "#{endpoint}/token"
end
exit 1 unless storage
act("put") { storage.put_object(bucket, "from-fog", "hello") }
act("get") { raise "other bytes" unless storage.get_object(bucket, "from-fog")[:body] == "hello" }
act("list") { raise "not listed" unless storage.list_objects(bucket).items.map(&:name).include?("from-fog") }
act("delete") { storage.delete_object(bucket, "from-fog") }
act("foreign bucket is refused") do
  storage.list_objects(foreign)
  raise "it was let in"
rescue Google::Apis::ClientError => e
  raise unless e.status_code == 403
end
exit($failed ? 1 : 0)
