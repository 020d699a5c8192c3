"""EKS clusters."""

import json

from moto.eks.models import eks_backends
from moto.iam.models import iam_backends
from moto.utilities.utils import get_partition

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def make(account, name, region):
    iam = iam_backends[account][get_partition(region)]
    role = iam.create_role(f"eks-{name}", json.dumps(TRUST), "/", None, "", [], "3600")
    vpc = {"subnetIds": ["subnet-1", "subnet-2"]}
    cluster = eks_backends[account][region].create_cluster(name, role.arn, vpc)
    return {"name": cluster.name, "arn": cluster.arn, "oidc_issuer": cluster.identity["oidc"]["issuer"]}
