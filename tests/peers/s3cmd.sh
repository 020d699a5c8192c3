#!/usr/bin/env bash
# Uses a bucket with s3cmd and its config file, as GitLab's backups do.
#
#   s3cmd.sh CONFIG ENDPOINT BUCKET [env]  ENDPOINT is http://HOST:PORT, or - for the one in CONFIG
#
# Only the file says who calls; with `env` the environment does, as in a pod of a role. s3cmd knows STS under Amazon's name
# alone: S3CMD_STS=HOST:PORT sends that one question there (s3cmd_sts/).
#
# Runs ls, put, get, del. Prints a line of JSON for each: {"action", "ok"} or {"action", "ok": false, "exit", "message"}.
# Only the address is overridden (--host, --host-bucket, --no-ssl): everything else is the config file's.
set -u

[ $# = 3 ] || [ "$*" = "$1 $2 $3 env" ] || { echo "usage: s3cmd.sh CONFIG ENDPOINT BUCKET [env]" >&2; exit 2; }
config=$1 host=${2#http://} bucket=$3
address=(--host="$host" --host-bucket="$host" --no-ssl)
[ "$host" = - ] && address=()
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
if [ "${4-}" = env ]; then
  export PYTHONPATH=$(dirname "$0")/s3cmd_sts PYTHONDONTWRITEBYTECODE=1
else
  unset AWS_ACCESS_KEY_ID AWS_ACCESS_KEY AWS_SECRET_ACCESS_KEY AWS_SECRET_KEY AWS_SESSION_TOKEN AWS_PROFILE
  unset AWS_CREDENTIAL_FILE AWS_ROLE_ARN AWS_WEB_IDENTITY_TOKEN_FILE
fi

run() {
  local action=$1 status message
  shift
  s3cmd --config="$config" "${address[@]}" --no-progress --quiet "$action" "$@" \
    >"$work/out" 2>"$work/err"
  status=$?
  if [ "$action" = get ] && [ $status = 0 ] && ! cmp -s "$work/sent" "$work/got"; then
    status=1
    echo "the object that came back is not the one that was sent" >"$work/err"
  fi
  if [ $status = 0 ]; then
    echo "{\"action\": \"$action\", \"ok\": true}"
  else
    failed=1
    message=$(grep -v '^\s*$' "$work/err" | tail -n 1 | tr -d '\000-\037' | sed 's/\\/\\\\/g; s/"/\\"/g')
    echo "{\"action\": \"$action\", \"ok\": false, \"exit\": $status, \"message\": \"$message\"}"
  fi
}

head -c 100000 /dev/urandom >"$work/sent"
run ls "s3://$bucket"
run put "$work/sent" "s3://$bucket/s3cmd probe"
run get "s3://$bucket/s3cmd probe" "$work/got"
run del "s3://$bucket/s3cmd probe"
exit $failed
