//! The functions of POSIX shell that the script is made of.

/// What the script does with what AWS answers. Only names that AWS does not know are taken for missing: any other answer ends it.
/// JSON is taken apart by the AWS CLI's own queries, and put together as text.
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

# asked CODE DEFAULT COMMAND...: what AWS answers; DEFAULT where it answers CODE.
asked() {
  code=$1 default=$2
  shift 2
  if answer=$("$@" 2>&1); then
    printf '%s' "$answer"
    return
  fi
  case $answer in
    *"($code)"*) printf '%s' "$default" ;;
    *) stop "$answer" ;;
  esac
}

# owned WHAT TAG-OF-THE-SPEC: what exists is this spec's, or the script ends before it touches it.
owned() {
  [ "$2" = "$spec" ] || stop "$1 exists and is not this spec's; give the install another id, or add it to \`adopt\` and use bucketwright apply"
}

# bucket_is_ours BUCKET: a bucket that exists is this spec's, or the script ends before it touches it.
bucket_is_ours() {
  whose=$(asked NoSuchTagSet '' aws s3api get-bucket-tagging --bucket "$1" --expected-bucket-owner "$account" \
    --query "TagSet[?Key=='bucketwright:spec'].Value" --output text) || exit 1
  [ "$whose" = "$spec" ] ||
    stop "the bucket $1 exists and is not this spec's; say \`existing: true\` for it, and bucketwright apply adds what it lacks"
}

# associated CLUSTER NAMESPACE SERVICEACCOUNT ROLE: whether it is associated with this role. Where it is with another one, the script ends.
associated() {
  whose="--namespace $2 --service-account $3"
  # Neither name has white space.
  # shellcheck disable=SC2086
  association=$(aws eks list-pod-identity-associations --cluster-name "$1" $whose --query 'associations[0].associationId' --output text) ||
    stop "the associations of the cluster $1 cannot be read"
  [ "$association" != None ] || return 1
  there=$(aws eks describe-pod-identity-association --cluster-name "$1" --association-id "$association" \
    --query association.roleArn --output text) || stop "the association $association cannot be read"
  [ "$there" = "$4" ] || stop "$2/$3 is associated with $there"
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

# compact TEXT: JSON without white space, to compare it.
compact() { printf '%s' "$1" | tr -d ' \t\r\n'; }

# joined LIST LIST: two JSON lists as one.
joined() {
  case $(compact "$1") in '[]' | null | '') printf '%s' "$2"; return ;; esac
  case $(compact "$2") in '[]' | null | '') printf '%s' "$1"; return ;; esac
  printf '%s,%s' "${1%]*}" "${2#*\[}"
}

# merged OURS OTHERS: a policy document of the statements of others and ours.
merged() { printf '{"Version": "2012-10-17", "Statement": %s}' "$(joined "$2" "$1")"; }

# holds_keys OURS KEY...: the spec names every key that a policy in force names, or the script ends before a right is lost.
holds_keys() {
  ours=$1
  shift
  for key; do
    case $ours in
      *"\"$key\""*) ;;
      *) [ "$gives_up" = yes ] || [ "$key" = None ] ||
        stop "$policy gives a right to the key $key, which the spec does not name: \`encryption: {formerKeys: [\"$key\"]}\` keeps the right to read with it, \`formerKeys: []\` gives it up" ;;
    esac
  done
}

# policy_keeps OURS: nothing that the policy $policy gives is lost that the spec does not give up.
policy_keeps() {
  version=$(aws iam get-policy --policy-arn "$policy" --query Policy.DefaultVersionId --output text)
  get="aws iam get-policy-version --policy-arn $policy --version-id $version --output"
  all='[PolicyVersion.Document.Statement][]'
  keys=$($get text --query "$all | [?contains(['Key','BucketwrightKey','BucketwrightFormerKeys'], not_null(Sid, ''))].Resource[]")
  # Words of the answer are ARNs.
  # shellcheck disable=SC2086
  holds_keys "$1" $keys
}

# policy_says OURS: the policy $policy has our statements and those of others, or gets a version that does. Ours are told by their Sid, also by one
# from before there was a mark.
policy_says() {
  policy_keeps "$1"
  others=$($get json --query "$all | [?!(starts_with(not_null(Sid, ''), 'Bucketwright') || contains(['Buckets','Objects','ReadBuckets','ReadObjects','Key','ServiceAccounts','Tokens','Nodes'], not_null(Sid, '')))]")
  there=$($get json --query PolicyVersion.Document)
  document=$(merged "$1" "$others")
  if [ "$(compact "$there")" = "$(compact "$document")" ]; then return; fi
  versions="aws iam list-policy-versions --policy-arn $policy --output text --query"
  number=$($versions 'length(Versions)')
  if [ "$number" -ge 5 ]; then
    oldest=$($versions 'sort_by(Versions[?!IsDefaultVersion], &CreateDate)[0].VersionId')
    aws iam delete-policy-version --policy-arn "$policy" --version-id "$oldest"
  fi
  printf '%s' "$document" | aws iam create-policy-version --policy-arn "$policy" --set-as-default \
    --policy-document file:///dev/stdin >/dev/null
}

# trust_says ROLE OURS: the trust policy of a role has our statements and those of others.
trust_says() {
  get="aws iam get-role --role-name $1 --output json --query"
  others=$($get "[Role.AssumeRolePolicyDocument.Statement][] | [?!(starts_with(not_null(Sid, ''), 'Bucketwright') || contains(['Buckets','Objects','ReadBuckets','ReadObjects','Key','ServiceAccounts','Tokens','Nodes'], not_null(Sid, '')))]")
  there=$($get Role.AssumeRolePolicyDocument)
  document=$(merged "$2" "$others")
  [ "$(compact "$there")" = "$(compact "$document")" ] ||
    printf '%s' "$document" | aws iam update-assume-role-policy --role-name "$1" --policy-document file:///dev/stdin
}

# plain_http BUCKET STATEMENT: the policy of a bucket has our statement; without STATEMENT it has none of ours.
plain_http() {
  there=$(asked NoSuchBucketPolicy '' aws s3api get-bucket-policy --bucket "$1" --expected-bucket-owner "$account" --query Policy --output text)
  case $(compact "$there") in
    '') [ -z "$2" ] && return ;;
    *"$(compact "${2:-nothing}")"*) return ;;
    *'"Effect"'*'"Effect"'*)
      case $there in
        *BucketwrightTlsOnly*) ;;
        *) [ -z "$2" ] && return ;;
      esac
      left="$left $1"
      return ;;
    *BucketwrightTlsOnly*) ;;
    *)
      [ -z "$2" ] || left="$left $1"
      return ;;
  esac
  if [ -z "$2" ]; then
    aws s3api delete-bucket-policy --bucket "$1" --expected-bucket-owner "$account"
  else
    printf '{"Version": "2012-10-17", "Statement": [%s]}' "$2" | aws s3api put-bucket-policy --bucket "$1" \
      --expected-bucket-owner "$account" --policy file:///dev/stdin
  fi
}
"#;
