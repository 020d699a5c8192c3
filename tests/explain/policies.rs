//! Ways into each finding of `lint-policy`: a small policy that has it.

use super::{Said, note};
use crate::harness::Sandbox;

/// The code, the kind of policy, and the policy.
const POLICIES: [(&str, &str, &str); 27] = [
    ("BW1001", "identity", r#"{"Version": "2012-10-17", "Statement": [}"#),
    (
        "BW1002",
        "identity",
        r#"{
  "Version": "2012-10-17",
  "Statment": []
}"#,
    ),
    (
        "BW1003",
        "identity",
        r#"{
  "Version": "2008-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "s3:ListBucket",
      "Resource": "arn:aws:s3:::acme"
    }
  ]
}"#,
    ),
    (
        "BW1004",
        "identity",
        r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "s3:ListBucket",
      "Resource": "arn:aws:s3:::acme",
      "Sid": "Read"
    },
    {
      "Effect": "Allow",
      "Action": "s3:ListBucket",
      "Resource": "arn:aws:s3:::acme-two",
      "Sid": "Read"
    }
  ]
}"#,
    ),
    (
        "BW1005",
        "identity",
        r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "s3:ListBucket",
      "Resource": "arn:aws:s3:::acme—lfs"
    }
  ]
}"#,
    ),
    (
        "BW1007",
        "identity",
        r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "s3:HeadBucket",
      "Resource": "arn:aws:s3:::acme"
    }
  ]
}"#,
    ),
    (
        "BW1008",
        "identity",
        r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "s3:GetObject",
      "Resource": "arn:aws:s3:::acme"
    }
  ]
}"#,
    ),
    (
        "BW1009",
        "identity",
        r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "s3:ListBucket",
      "Resource": [
        "arn:aws:s3:::acme",
        "arn:aws:s3:::acme/*"
      ]
    }
  ]
}"#,
    ),
    (
        "BW1010",
        "identity",
        r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "s3:PutObject",
      "Resource": "arn:aws:s3:::acme/*"
    }
  ]
}"#,
    ),
    (
        "BW1011",
        "identity",
        r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "s3:*",
      "Resource": "arn:aws:s3:::acme/*"
    }
  ]
}"#,
    ),
    (
        "BW1012",
        "identity",
        r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "s3:ListBucket",
      "Resource": "arn:aws:s3:::acme>"
    }
  ]
}"#,
    ),
    (
        "BW1013",
        "identity",
        r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "s3:ListBucket",
      "Resource": "arn:aws:s3:::${BUCKET}"
    }
  ]
}"#,
    ),
    (
        "BW1014",
        "identity",
        r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "s3:ListBucket",
      "Resource": [
        "arn:aws:s3:::acme",
        "arn:aws-cn:s3:::acme"
      ]
    }
  ]
}"#,
    ),
    (
        "BW1015",
        "identity",
        r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "s3:ListBucket",
      "Resource": "arn:aws:s3:::acme",
      "Condition": {
        "StringEqual": {
          "s3:prefix": "team/"
        }
      }
    }
  ]
}"#,
    ),
    (
        "BW1016",
        "identity",
        r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "s3:GetObject",
      "Resource": "arn:aws:s3:::acme/*",
      "Condition": {
        "StringEquals": {
          "s3:prefix": "team/"
        }
      }
    }
  ]
}"#,
    ),
    (
        "BW1017",
        "identity",
        r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "s3:ListBucket",
      "Resource": "arn:aws:s3:::acme",
      "Condition": {
        "StringEquals": {
          "s3:prefix": "team/*"
        }
      }
    }
  ]
}"#,
    ),
    (
        "BW1018",
        "identity",
        r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "s3:ListBucket",
      "Resource": "arn:aws:s3:::acme",
      "Principal": "*"
    }
  ]
}"#,
    ),
    (
        "BW1019",
        "bucket",
        r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "s3:ListBucket",
      "Resource": "arn:aws:s3:::acme",
      "Principal": "*"
    }
  ]
}"#,
    ),
    (
        "BW1020",
        "trust",
        r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": {
        "Federated": "arn:aws:iam::012345678901:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF"
      },
      "Action": "sts:AssumeRoleWithWebIdentity",
      "Condition": {
        "StringEquals": {
          "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF:aud": "sts.amazonaws.com"
        }
      }
    }
  ]
}"#,
    ),
    (
        "BW1021",
        "trust",
        r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": {
        "Federated": "arn:aws:iam::012345678901:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF"
      },
      "Action": "sts:AssumeRoleWithWebIdentity",
      "Condition": {
        "StringEquals": {
          "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF:sub": "system:serviceaccount:gitlab:gitlab"
        }
      }
    }
  ]
}"#,
    ),
    (
        "BW1022",
        "trust",
        r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": {
        "Federated": "arn:aws:iam::012345678901:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF"
      },
      "Action": "sts:AssumeRole",
      "Condition": {
        "StringEquals": {
          "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF:aud": "sts.amazonaws.com",
          "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF:sub": "system:serviceaccount:gitlab:gitlab"
        }
      }
    }
  ]
}"#,
    ),
    (
        "BW1023",
        "trust",
        r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": {
        "Federated": "arn:aws:iam::012345678901:oidc-provider/app.gitpod.io"
      },
      "Action": "sts:AssumeRoleWithWebIdentity",
      "Condition": {
        "StringEquals": {
          "app.gitpod.io:aud": "sts.amazonaws.com"
        },
        "ForAllValues:StringLike": {
          "app.gitpod.io:sub": "org:0191e223-1c3c-7607-badf-303c98b52d2f/*"
        }
      }
    }
  ]
}"#,
    ),
    (
        "BW1024",
        "trust",
        r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": {
        "Federated": "arn:aws:iam::012345678901:oidc-provider/app.gitpod.io"
      },
      "Action": "sts:AssumeRoleWithWebIdentity",
      "Condition": {
        "StringEquals": {
          "app.gitpod.io:aud": "sts.amazonaws.com"
        },
        "StringNotLike": {
          "app.gitpod.io:sub": "org:0191e223-1c3c-7607-badf-303c98b52d2f/*"
        }
      }
    }
  ]
}"#,
    ),
    (
        "BW1025",
        "trust",
        r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": {
        "Federated": "arn:aws:iam::012345678901:oidc-provider/app.gitpod.io"
      },
      "Action": "sts:AssumeRoleWithWebIdentity",
      "Condition": {
        "StringEquals": {
          "app.gitpod.io:aud": "sts.amazonaws.com",
          "api.gitpod.io/idp:sub": "https://github.com/acme/app"
        }
      }
    }
  ]
}"#,
    ),
    (
        "BW1026",
        "identity",
        r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "s3:Get*",
      "Resource": "arn:aws:s3:::acme"
    }
  ]
}"#,
    ),
    (
        "BW1027",
        "trust",
        r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": {
        "Federated": "arn:aws:iam::012345678901:oidc-provider/token.actions.githubusercontent.com"
      },
      "Action": "sts:AssumeRoleWithWebIdentity",
      "Condition": {
        "StringEquals": {
          "token.actions.githubusercontent.com:aud": "sts.amazonaws.com"
        },
        "StringLike": {
          "token.actions.githubusercontent.com:sub": "repo:*"
        }
      }
    }
  ]
}"#,
    ),
    (
        "BW1028",
        "trust",
        r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": {
        "Federated": "arn:aws:iam::012345678901:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF"
      },
      "Action": "sts:AssumeRoleWithWebIdentity",
      "Condition": {
        "StringEquals": {
          "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF:aud": "sts.amazonaws.com",
          "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF:sub": "system:serviceaccounts:argo:server"
        }
      }
    }
  ]
}"#,
    ),
];

/// What `lint-policy` says of each.
pub fn lint(said: &mut Said) {
    let sandbox = Sandbox::new();
    let many: Vec<String> = (0..300).map(|number| format!("arn:aws:s3:::acme-bucket-number-{number}")).collect();
    let large = serde_json::json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": many}]});
    let large = large.to_string();
    for (code, kind, policy) in POLICIES.into_iter().chain([("BW1006", "identity", large.as_str())]) {
        sandbox.write("policy.json", policy);
        let words = sandbox.run(&format!("lint-policy --kind {kind} policy.json")).exits(3).stdout;
        note(said, code, &words);
    }
}
