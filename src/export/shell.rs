//! POSIX shell text: quoting, and the functions that the script is made of.

/// A word as the shell reads it back: as it is when it is plain, else in single quotes.
pub(super) fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:=@%+,-".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_when_they_must_be() {
        assert_eq!(word("acme-lfs"), "acme-lfs");
        assert_eq!(word("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(word(""), "''");
        assert_eq!(word("~x"), "'~x'");
    }
}
