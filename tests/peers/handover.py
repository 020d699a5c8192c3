"""Carries out what `export` writes for CloudFormation and Terraform, by the calls that their providers make.

    python handover.py cloudformation FILE   or   python handover.py terraform FILE

Every property has its call; one that is not known here ends the program, so nothing is left out silently. The names of the
properties are held by cfn-lint and by Terraform's own schema; what they mean in AWS is held here, against what `apply` makes.
"""

import json
import os
import re
import sys

import boto3
import yaml
from botocore.config import Config

CONFIG = Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"})
REGION = os.environ["AWS_REGION"]
s3, iam, eks, sts = (boto3.client(name, region_name=REGION, config=CONFIG) for name in ("s3", "iam", "eks", "sts"))
ACCOUNT = sts.get_caller_identity()["Account"]


def create_bucket(name, tags):
    place = {} if REGION == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": REGION}}
    s3.create_bucket(Bucket=name, **place)
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags})


def arn(kind, path, name):
    return f"arn:aws:iam::{ACCOUNT}:{kind}{path or '/'}{name}"


class Taken(dict):
    """Properties, each of which must be taken."""

    def __init__(self, of, properties):
        super().__init__(properties)
        self.of = of

    def take(self, name, default=None):
        return self.pop(name, default)

    def done(self):
        if self:
            sys.exit(f"{self.of}: nothing here takes {sorted(self)}")


class CloudFormation:
    """Source: AWS CloudFormation User Guide, the reference of each resource type."""

    ORDER = ["S3::Bucket", "S3::BucketPolicy", "IAM::OIDCProvider", "IAM::ManagedPolicy", "IAM::User", "IAM::Role", "EKS::PodIdentityAssociation"]

    def __init__(self, text):
        self.document = yaml.safe_load(text)
        self.refs = {}
        self.conditions = {name: True for name in self.document.get("Conditions", {})}

    def run(self):
        resources = self.document["Resources"].items()
        for kind in self.ORDER:
            for name, resource in resources:
                if resource["Type"] == f"AWS::{kind}" and self.conditions.get(resource.get("Condition"), True):
                    taken = Taken(name, self.value(resource["Properties"]))
                    self.refs[name] = getattr(self, kind.replace("::", "_"))(taken)
                    taken.done()
        left = [r["Type"] for _, r in resources if r["Type"].removeprefix("AWS::") not in self.ORDER]
        if left:
            sys.exit(f"nothing here makes {left}")

    def value(self, value):
        if isinstance(value, dict):
            if list(value) == ["Ref"]:
                return self.refs[value["Ref"]][0]
            if list(value) == ["Fn::GetAtt"]:
                return self.refs[value["Fn::GetAtt"][0]][1]
            if list(value) == ["Fn::If"]:
                condition, yes, no = value["Fn::If"]
                return self.value(yes if self.conditions[condition] else no)
            return {key: self.value(one) for key, one in value.items()}
        return [self.value(one) for one in value] if isinstance(value, list) else value

    def S3_Bucket(self, of):
        name = of.take("BucketName")
        of.pop("BucketNamespace", None)  # The emulator knows no namespaces: the name says enough.
        create_bucket(name, of.take("Tags"))
        s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls=of.take("OwnershipControls"))
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=of.take("PublicAccessBlockConfiguration"))
        rules = []
        for rule in of.take("LifecycleConfiguration")["Rules"]:
            rule = Taken("a lifecycle rule", rule)
            made = {"ID": rule.take("Id"), "Status": rule.take("Status"), "Filter": {"Prefix": rule.take("Prefix", "")}}
            if "ExpirationInDays" in rule:
                made["Expiration"] = {"Days": rule.take("ExpirationInDays")}
            if "AbortIncompleteMultipartUpload" in rule:
                made["AbortIncompleteMultipartUpload"] = rule.take("AbortIncompleteMultipartUpload")
            rule.done()
            rules.append(made)
        s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})
        if cors := of.take("CorsConfiguration"):
            names = {"Id": "ID", "ExposedHeaders": "ExposeHeaders", "MaxAge": "MaxAgeSeconds"}
            rules = [{names.get(key, key): value for key, value in rule.items()} for rule in cors["CorsRules"]]
            s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": rules})
        if encryption := of.take("BucketEncryption"):
            rules = [
                {"ApplyServerSideEncryptionByDefault": r["ServerSideEncryptionByDefault"], "BucketKeyEnabled": r["BucketKeyEnabled"]}
                for r in encryption["ServerSideEncryptionConfiguration"]
            ]
            s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})
        if versioning := of.take("VersioningConfiguration"):
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=versioning)
        return name, f"arn:aws:s3:::{name}"

    def S3_BucketPolicy(self, of):
        s3.put_bucket_policy(Bucket=of.take("Bucket"), Policy=json.dumps(of.take("PolicyDocument")))
        return None, None

    def IAM_OIDCProvider(self, of):
        made = iam.create_open_id_connect_provider(Url=of.take("Url"), ClientIDList=of.take("ClientIdList"), Tags=of.take("Tags"))
        return made["OpenIDConnectProviderArn"], None

    def IAM_ManagedPolicy(self, of):
        path = of.take("Path", "/")
        made = iam.create_policy(PolicyName=of.take("ManagedPolicyName"), Path=path, PolicyDocument=json.dumps(of.take("PolicyDocument")))
        return made["Policy"]["Arn"], None

    def IAM_User(self, of):
        name, path, policies = of.take("UserName"), of.take("Path", "/"), of.take("ManagedPolicyArns")
        bound = {"PermissionsBoundary": of.take("PermissionsBoundary")} if "PermissionsBoundary" in of else {}
        iam.create_user(UserName=name, Path=path, Tags=of.take("Tags"), **bound)
        for policy in policies:
            iam.attach_user_policy(UserName=name, PolicyArn=policy)
        return name, arn("user", path, name)

    def IAM_Role(self, of):
        name, path, policies = of.take("RoleName"), of.take("Path", "/"), of.take("ManagedPolicyArns")
        more = {key: of.take(key) for key in ("PermissionsBoundary", "MaxSessionDuration") if key in of}
        trust = json.dumps(of.take("AssumeRolePolicyDocument"))
        iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=trust, Tags=of.take("Tags"), **more)
        for policy in policies:
            iam.attach_role_policy(RoleName=name, PolicyArn=policy)
        return name, arn("role", path, name)

    def EKS_PodIdentityAssociation(self, of):
        names = {"clusterName": "ClusterName", "namespace": "Namespace", "serviceAccount": "ServiceAccount", "roleArn": "RoleArn"}
        tags = {tag["Key"]: tag["Value"] for tag in of.take("Tags")}
        eks.create_pod_identity_association(tags=tags, **{key: of.take(name) for key, name in names.items()})
        return None, None


class Terraform:
    """Source: the documentation of the provider hashicorp/aws 5, of each resource."""

    ORDER = [
        "s3_bucket", "s3_bucket_ownership_controls", "s3_bucket_public_access_block", "s3_bucket_lifecycle_configuration",
        "s3_bucket_server_side_encryption_configuration", "s3_bucket_versioning", "s3_bucket_cors_configuration", "s3_bucket_policy",
        "iam_openid_connect_provider", "iam_policy", "iam_user", "iam_role", "iam_user_policy_attachment",
        "iam_role_policy_attachment", "eks_pod_identity_association",
    ]

    def __init__(self, text):
        self.resources = json.loads(text)["resource"]
        self.made = {}

    def run(self):
        for kind in self.ORDER:
            for label, arguments in self.resources.pop(f"aws_{kind}", {}).items():
                arguments = {k: v for k, v in arguments.items() if k not in ("lifecycle", "depends_on", "count")}
                of = Taken(f"{kind}.{label}", self.value(arguments))
                self.made[f"aws_{kind}.{label}"] = getattr(self, kind)(of)
                of.done()
        if self.resources:
            sys.exit(f"nothing here makes {sorted(self.resources)}")

    def value(self, value):
        if isinstance(value, dict):
            return {self.value(key): self.value(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self.value(one) for one in value]
        if not isinstance(value, str):
            return value
        if found := re.fullmatch(r"\$\{(aws_\w+\.[\w-]+)\.(\w+)\}", value):
            return self.made[found[1]][found[2]]
        if re.search(r"(?<!\$)\$\{|(?<!%)%\{", value):
            sys.exit(f"nothing here expands {value}")
        return value.replace("$${", "${").replace("%%{", "%{")

    def s3_bucket(self, of):
        name = of.take("bucket")
        create_bucket(name, tag_list(of.take("tags")))
        return {"id": name}

    def s3_bucket_ownership_controls(self, of):
        rule = {"ObjectOwnership": of.take("rule")["object_ownership"]}
        s3.put_bucket_ownership_controls(Bucket=of.take("bucket"), OwnershipControls={"Rules": [rule]})

    def s3_bucket_public_access_block(self, of):
        names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
        block = {name: of.take(snake(name)) for name in names}
        s3.put_public_access_block(Bucket=of.take("bucket"), PublicAccessBlockConfiguration=block)

    def s3_bucket_lifecycle_configuration(self, of):
        rules = []
        for rule in of.take("rule"):
            rule = Taken("a lifecycle rule", rule)
            made = {"ID": rule.take("id"), "Status": rule.take("status"), "Filter": {"Prefix": rule.take("filter")["prefix"]}}
            if "expiration" in rule:
                made["Expiration"] = {"Days": rule.take("expiration")["days"]}
            if "abort_incomplete_multipart_upload" in rule:
                days = rule.take("abort_incomplete_multipart_upload")["days_after_initiation"]
                made["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": days}
            rule.done()
            rules.append(made)
        s3.put_bucket_lifecycle_configuration(Bucket=of.take("bucket"), LifecycleConfiguration={"Rules": rules})

    def s3_bucket_server_side_encryption_configuration(self, of):
        rule = of.take("rule")
        default = rule["apply_server_side_encryption_by_default"]
        default = {"SSEAlgorithm": default["sse_algorithm"], "KMSMasterKeyID": default["kms_master_key_id"]}
        rules = [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": rule["bucket_key_enabled"]}]
        s3.put_bucket_encryption(Bucket=of.take("bucket"), ServerSideEncryptionConfiguration={"Rules": rules})

    def s3_bucket_versioning(self, of):
        status = of.take("versioning_configuration")["status"]
        s3.put_bucket_versioning(Bucket=of.take("bucket"), VersioningConfiguration={"Status": status})

    def s3_bucket_cors_configuration(self, of):
        names = {"id": "ID", "allowed_origins": "AllowedOrigins", "allowed_methods": "AllowedMethods"}
        names |= {"allowed_headers": "AllowedHeaders", "expose_headers": "ExposeHeaders", "max_age_seconds": "MaxAgeSeconds"}
        rules = [{names[key]: value for key, value in rule.items()} for rule in of.take("cors_rule")]
        s3.put_bucket_cors(Bucket=of.take("bucket"), CORSConfiguration={"CORSRules": rules})

    def s3_bucket_policy(self, of):
        s3.put_bucket_policy(Bucket=of.take("bucket"), Policy=of.take("policy"))

    def iam_openid_connect_provider(self, of):
        iam.create_open_id_connect_provider(
            Url=of.take("url"), ClientIDList=of.take("client_id_list"), Tags=tag_list(of.take("tags"))
        )

    def iam_policy(self, of):
        made = iam.create_policy(
            PolicyName=of.take("name"), Path=of.take("path", "/"), PolicyDocument=of.take("policy"), Tags=tag_list(of.take("tags"))
        )
        return {"arn": made["Policy"]["Arn"]}

    def iam_user(self, of):
        name = of.take("name")
        more = {"PermissionsBoundary": of.take("permissions_boundary")} if "permissions_boundary" in of else {}
        iam.create_user(UserName=name, Path=of.take("path", "/"), Tags=tag_list(of.take("tags")), **more)
        return {"name": name}

    def iam_role(self, of):
        name, path = of.take("name"), of.take("path", "/")
        names = {"permissions_boundary": "PermissionsBoundary", "max_session_duration": "MaxSessionDuration"}
        more = {to: of.take(key) for key, to in names.items() if key in of}
        trust = of.take("assume_role_policy")
        iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=trust, Tags=tag_list(of.take("tags")), **more)
        return {"name": name, "arn": arn("role", path, name)}

    def iam_user_policy_attachment(self, of):
        iam.attach_user_policy(UserName=of.take("user"), PolicyArn=of.take("policy_arn"))

    def iam_role_policy_attachment(self, of):
        iam.attach_role_policy(RoleName=of.take("role"), PolicyArn=of.take("policy_arn"))

    def eks_pod_identity_association(self, of):
        names = {"clusterName": "cluster_name", "namespace": "namespace", "serviceAccount": "service_account", "roleArn": "role_arn"}
        eks.create_pod_identity_association(tags=of.take("tags"), **{key: of.take(name) for key, name in names.items()})


def snake(name):
    return re.sub(r"(?<=[a-z])([A-Z])", r"_\1", name).lower()


def tag_list(tags):
    return [{"Key": key, "Value": value} for key, value in tags.items()]


if __name__ == "__main__":
    forms = {"cloudformation": CloudFormation, "terraform": Terraform}
    forms[sys.argv[1]](open(sys.argv[2], encoding="utf-8").read()).run()
