"""The AWS emulator: moto holds the resources, this package is the front door that moto lacks.

A request passes through these modules in order:

    routes      which service and operation is it
    identity    whose key is it, and which policies does that principal hold
    signature   is the signature right
    s3_rules    what S3 refuses or answers for other reasons than policies
    actions     which IAM actions on which resources does the operation need
    authorize   do the policies allow them …
    policy      … by the rules of IAM's policy language
    iam_rules   sizes and names in IAM, and the policy simulator
    boundaries  permissions boundaries of users, and the tags that conditions ask for
    pods        EKS Pod Identity, which moto does not have
    federation  STS with a web identity token, checked against the role's trust
    gate        puts them in that order, then hands the request to moto

`call` is the request and the shape of an error, `control` the /_peer/ endpoints for tests and the journal, `client`
what selftest.py talks through. moto's own authorization stays off: `gate` is the only place that says no.
"""
