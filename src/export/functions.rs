//! The functions of POSIX shell that the script is made of.

/// What the script does with what AWS answers. Only names that AWS does not know are taken for missing: any other answer ends it.
pub(super) const FUNCTIONS: &str = r#"say() { printf '%s\n' "$*"; }
stop() { printf 'stopped: %s\n' "$*" >&2; exit 1; }

# missing CODE COMMAND...: whether AWS answers CODE, which says that the thing is not there.
missing() {
  code=$1
  shift
  if answer=$("$@" 2>&1); then return 1; fi
  case $answer in
    *"($code)"*) return 0 ;;
    *) stop "$answer" ;;
  esac
}

# owned WHAT TAG-OF-THE-SPEC: what exists is this spec's, or the script ends before it touches it.
owned() {
  [ "$2" = "$spec" ] || stop "$1 exists and is not this spec's; give the install another id, or add it to \`adopt\` and use bucketwright apply"
}

# patiently COMMAND...: again while IAM spreads what was just made, at most two minutes.
patiently() {
  tries=0
  until answer=$("$@" 2>&1); do
    tries=$((tries + 1))
    [ "$tries" -lt 24 ] || stop "$answer"
    sleep 5
  done
}
"#;
