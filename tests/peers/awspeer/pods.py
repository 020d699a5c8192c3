"""(g) EKS Pod Identity associations, after the EKS API Reference and botocore's eks model. moto has none."""

import datetime
import hashlib
import json
import threading
import uuid

from moto.eks.models import Cluster, eks_backends
from moto.utilities.utils import get_partition

from .call import Refusal, json_answer

OPERATIONS = {
    "CreatePodIdentityAssociation",
    "ListPodIdentityAssociations",
    "DescribePodIdentityAssociation",
    "UpdatePodIdentityAssociation",
    "DeletePodIdentityAssociation",
}
SUMMARY = ("clusterName", "namespace", "serviceAccount", "associationArn", "associationId", "ownerArn")

_associations = {}  # (account, region, cluster) → {id: association}
_tokens = {}  # (account, region, clientRequestToken) → (request, id)
_lock = threading.Lock()


DOMAINS = {"aws-cn": "amazonaws.com.cn", "aws-eusc": "amazonaws.eu"}


def install():
    """A cluster's OIDC issuer as EKS makes it: the partition's domain, 32 hexadecimal digits (moto: 10 letters).

    EKS User Guide, "Create an IAM OIDC provider for your cluster". The same cluster name gives the same issuer.
    """
    original = Cluster.__init__

    def create(self, name, *args, region_name, **kwargs):
        original(self, name, *args, region_name=region_name, **kwargs)
        domain = DOMAINS.get(get_partition(region_name), "amazonaws.com")
        number = hashlib.sha256(self.arn.encode()).hexdigest()[:32].upper()
        self.identity = {"oidc": {"issuer": f"https://oidc.eks.{region_name}.{domain}/id/{number}"}}

    Cluster.__init__ = create


def reset():
    with _lock:
        _associations.clear()
        _tokens.clear()


def session(region, account, cluster, namespace, service_account):
    """The condition keys with which EKS assumes a role for a pod.

    EKS User Guide, "Grant Pods access to AWS resources based on tags" (the six session tags) and "Cross-service
    confused deputy prevention" (aws:SourceAccount, and aws:SourceArn as the cluster's ARN).
    """
    arn = f"arn:{get_partition(region)}:eks:{region}:{account}:cluster/{cluster}"
    return {
        "aws:SourceAccount": account,
        "aws:SourceArn": arn,
        "aws:RequestTag/eks-cluster-arn": arn,
        "aws:RequestTag/eks-cluster-name": cluster,
        "aws:RequestTag/kubernetes-namespace": namespace,
        "aws:RequestTag/kubernetes-service-account": service_account,
        "aws:RequestTag/kubernetes-pod-name": f"{service_account}-0",
        "aws:RequestTag/kubernetes-pod-uid": str(uuid.uuid4()),
    }


def handle(call):
    cluster = call.params["name"]
    if cluster not in eks_backends[call.account][call.region].clusters:
        raise _missing(f"No cluster found for name: {cluster}.", cluster)
    with _lock:
        held = _associations.setdefault((call.account, call.region, cluster), {})
        if call.operation == "CreatePodIdentityAssociation":
            return json_answer({"association": _create(call, cluster, held)})
        if call.operation == "ListPodIdentityAssociations":
            return json_answer({"associations": _list(call, held)})
        one = held.get(call.params["associationId"])
        if one is None:
            raise _missing(f"The specified associationId {call.params['associationId']} was not found.", cluster)
        if call.operation == "UpdatePodIdentityAssociation":
            given = call.json()
            one |= {k: given[k] for k in ("roleArn", "targetRoleArn", "disableSessionTags", "policy") if k in given}
            one["modifiedAt"] = _now()
        elif call.operation == "DeletePodIdentityAssociation":
            del held[one["associationId"]]
        return json_answer({"association": one})


def _missing(message, cluster):
    return Refusal(404, "ResourceNotFoundException", message, clusterName=cluster)


def _now():
    return round(datetime.datetime.now().timestamp(), 3)


def _create(call, cluster, held):
    given = call.json()
    for name in ("namespace", "serviceAccount", "roleArn"):
        if not given.get(name):
            raise Refusal(400, "InvalidParameterException", f"{name} must not be empty", clusterName=cluster)
    request = {k: v for k, v in given.items() if k != "clientRequestToken"}
    token = given.get("clientRequestToken")
    known = _tokens.get((call.account, call.region, token)) if token else None
    if known:
        if known[0] != json.dumps(request, sort_keys=True):
            message = "The clientRequestToken was used with other parameters."
            raise Refusal(400, "InvalidParameterException", message, clusterName=cluster)
        if known[1] in held:
            return held[known[1]]
    for other in held.values():
        if (other["namespace"], other["serviceAccount"]) == (given["namespace"], given["serviceAccount"]):
            message = f"Association already exists: {other['associationId']}"
            raise Refusal(409, "ResourceInUseException", message, clusterName=cluster)
    made = "a-" + uuid.uuid4().hex[:17]
    partition = get_partition(call.region)
    arn = f"arn:{partition}:eks:{call.region}:{call.account}:podidentityassociation/{cluster}/{made}"
    held[made] = {
        "clusterName": cluster,
        "namespace": given["namespace"],
        "serviceAccount": given["serviceAccount"],
        "roleArn": given["roleArn"],
        "associationArn": arn,
        "associationId": made,
        "tags": given.get("tags") or {},
        "createdAt": _now(),
        "modifiedAt": _now(),
        "disableSessionTags": bool(given.get("disableSessionTags")),
    }
    for name in ("targetRoleArn", "policy"):
        if given.get(name):
            held[made][name] = given[name]
    if token:
        _tokens[(call.account, call.region, token)] = (json.dumps(request, sort_keys=True), made)
    return held[made]


def _list(call, held):
    return [
        {k: one[k] for k in SUMMARY if k in one}
        for one in held.values()
        if call.query.get("namespace") in (None, one["namespace"])
        and call.query.get("serviceAccount") in (None, one["serviceAccount"])
    ]
