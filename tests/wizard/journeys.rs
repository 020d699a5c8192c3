//! Whole journeys, with typing mistakes, steps back, windows that change, and stops, on a usual screen and on a small one.

use crate::harness::Sandbox;

use super::terminal::{CTRL_C, DOWN, ESC, Person, SIZES};

/// GitLab on EKS by IRSA, to the end of a rehearsal; nothing that a first-time user does not need is printed.
#[test]
fn gitlab_on_eks() {
    for size in SIZES {
        let sandbox = Sandbox::new();
        let mut person = Person::start(&sandbox, &["--rehearse", "--yes"], size);
        person.answers("Name of this installation", "Acme Prod\r");
        person.sees("lower-case letters");
        person.types("\u{15}acme-prod\r");
        person.answers("Where the buckets are", "\r");
        person.answers("Region of the buckets", "eu-wst-1\r");
        person.sees("No region `eu-wst-1` is known. Use it all the same?");
        person.sees("Did you mean `eu-west-1`?");
        person.types("\r");
        person.answers("Region of the buckets · eu-wst-1", "eu-west-1\r");
        person.answers("AWS account", "\r");
        person.answers("Charts that need object storage", "gitl");
        person.sees("Charts that need object storage gitl");
        person.resize((size.0 + 6, size.1 + 20));
        person.types("a\u{7f}\r");
        person.answers("GitLab chart version", "9.9\r");
        person.sees("is not a full chart version");
        person.types(".1\r");
        person.answers("GitLab Helm release", ESC);
        person.answers("GitLab chart version · 9.9.1", "\r");
        person.answers("GitLab Helm release", "\r");
        person.answers("GitLab namespace", "\r");
        person.answers("Is GitLab new", "\r");
        person.sees("> Recommended: IRSA");
        person.answers("How GitLab's pods", "\r");
        person.answers("EKS cluster", "prod\r");
        person.answers("One role for a whole chart?", "\r");
        person.answers("What else GitLab keeps", "\r");
        person.answers("Bucket names", "\r");
        person.sees("Is everything right?");
        let asked = person.lines();
        person.types("\r");
        assert_eq!(person.ends(), 0, "{}", person.transcript());
        let shown = person.transcript();
        for words in ["✔ Region of the buckets · eu-west-1", "✔ Charts that need object storage · GitLab"] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        if size.1 == 80 {
            assert!(asked < 50, "the questions take {asked} lines:\n{shown}");
        }
        let whole = person.lines();
        assert!(whole < 90, "questions, plan and proof take {whole} lines:\n{shown}");
        let spec = sandbox.read("bucketwright.yaml");
        assert!(spec.contains("identity: \"irsa\"") && spec.contains("eu-west-1"), "{spec}");
        assert!(sandbox.path("out-rehearsal/gitlab/values.yaml").exists());
    }
}

/// Argo with keys: stopped in the middle, taken up again; a name and even the cloud are changed at the end.
#[test]
fn argo_with_keys() {
    for size in SIZES {
        let sandbox = Sandbox::new();
        let mut person = Person::start(&sandbox, &["init", "--offline"], size);
        person.answers("Name of this installation", "acme\r");
        person.answers("Where the buckets are", &format!("{DOWN}{DOWN}{DOWN}\r"));
        person.answers("Project id", "123456789012\r");
        person.sees("is not the id of a project");
        person.types(CTRL_C);
        assert_eq!(person.ends(), 130, "{}", person.transcript());

        let mut person = Person::start(&sandbox, &["init", "--offline"], size);
        person.answers("An earlier run left answers", "\r");
        person.answers("Project id", ESC);
        person.answers("Where the buckets are", "amazon\r");
        person.answers("Region of the buckets", "eu-west-1\r");
        person.answers("AWS account", "012345678901\r");
        person.answers("Charts that need object storage", "argo\r");
        person.takes_chart("Argo Workflows");
        person.answers("Is Argo Workflows new", "\r");
        person.answers("How Argo Workflows's pods", "static\r");
        // No cluster and no roles: keys need neither.
        person.answers("Argo Workflows: Namespaces that workflows run in", "\r");
        person.answers("Argo Workflows: Keep the logs", "y\r");
        person.answers("Key of Argo Workflows", "\r");
        person.answers("Bucket names", &format!("{DOWN}\r"));
        person.answers("Bucket for Argo Workflows artifacts", "Bad_Name\r");
        person.sees("cannot be the name of a bucket");
        person.types("\u{15}acme-argo-artifacts\r");
        person.answers("Bucket names", "\r");
        person.answers("Is everything right?", "name\r");
        person.answers("Name of this installation · acme", "acme-next\r");
        person.answers("Is everything right?", "\r");
        assert_eq!(person.ends(), 0, "{}", person.transcript());
        let spec = sandbox.read("bucketwright.yaml");
        for words in ["name: \"acme-next\"", "acme-argo-artifacts", "static-keys", "archiveLogs: true"] {
            assert!(spec.contains(words), "{words}: {spec}");
        }
        sandbox.run("apply --rehearse --yes").ok();
    }
}

/// GitLab on a MinIO of one's own, and then on R2: keys by reference, and a chart that cannot use it.
#[test]
fn gitlab_on_a_store() {
    for size in SIZES {
        let sandbox = Sandbox::new();
        let mut person = Person::start(&sandbox, &["init", "--offline"], size);
        person.answers("Name of this installation", "acme\r");
        person.answers("Where the buckets are", "server\r");
        person.answers("Store", "minio\r");
        person.answers("Address of the store", "minio.example.com/path\r");
        person.sees("is not an endpoint");
        person.types("\u{15}http://minio.example.com:9000\r");
        person.answers("Use plain HTTP?", "n\r");
        person.answers("Address of the store", "https://minio.example.com:9000\r");
        person.answers("Region that the store is configured with", "\r");
        person.answers("Bucket names in the path of URLs?", "\r");
        person.answers("File with the authority", "nowhere.pem\r");
        person.sees("nowhere.pem");
        person.sees("cannot be read");
        person.types("\u{15}\r");
        person.answers("Charts that need object storage", "ona\r");
        person.sees("is not possible");
        person.types(ESC);
        person.sees("> [ ] Argo Workflows");
        person.types("gitlab\r");
        person.takes_chart("GitLab");
        person.answers("What else GitLab keeps", "\r");
        person.answers("Where the keys of GitLab are", "\r");
        person.answers("Bucket names", "\r");
        // A change of mind about the store: what it alone was asked for goes.
        person.answers("Is everything right?", "change store\r");
        person.answers("Store", "r2\r");
        person.answers("Address of the store", "");
        person.types("https://0123456789abcdef0123456789abcdef.r2.cloudflarestorage.com\r");
        person.answers("Region that the store is configured with · auto", "\r");
        person.answers("Is everything right?", "\r");
        assert_eq!(person.ends(), 0, "{}", person.transcript());
        let spec = sandbox.read("bucketwright.yaml");
        assert!(spec.contains("store: \"r2\"") && spec.contains("env:ACME_GITLAB_SECRET"), "{spec}");
        assert!(person.lines() < 60, "{}", person.transcript());
    }
}

/// Google Cloud without keys, and Azure with a managed identity.
#[test]
fn google_and_azure() {
    for size in SIZES {
        let sandbox = Sandbox::new();
        let mut person = Person::start(&sandbox, &["init", "--offline"], size);
        person.answers("Name of this installation", "acme-prod\r");
        person.answers("Where the buckets are", "google\r");
        person.answers("Project id", "acme-prod\r");
        person.answers("Location of the buckets", "europe-west2\r");
        person.answers("Charts that need object storage", "gitlab\r");
        person.takes_chart("GitLab");
        person.answers("How GitLab's pods prove to Google Cloud", "\r");
        person.answers("One role for a whole chart?", "\r");
        person.answers("What else GitLab keeps", "\r");
        person.answers("Bucket names", "\r");
        // The cloud itself is changed at the end; the chart's answers stay.
        person.answers("Is everything right?", "change where\r");
        person.answers("Where the buckets are", "azure\r");
        person.answers("Subscription id", "Production\r");
        person.sees("is not the id of a subscription");
        person.types("\u{15}11111111-2222-3333-4444-555555555555\r");
        person.answers("Resource group", "\r");
        person.answers("Storage account", "\r");
        person.answers("Location", "West Europe\r");
        person.sees("is not the name");
        person.types("\u{15}westeurope\r");
        person.answers("Where one of the account's keys is", "\r");
        person.answers("AKS cluster", "prod\r");
        person.answers("Is everything right?", "\r");
        assert_eq!(person.ends(), 0, "{}", person.transcript());
        let script = sandbox.run("export --as az").ok().stdout;
        assert!(script.contains("account=acmeprod location=westeurope") && script.contains("az aks show"), "{script}");
    }
}

/// Massdriver leaves MinIO: what the questions know is handed to the migration, and no spec is guessed.
#[test]
fn massdriver_leaves_minio() {
    for size in SIZES {
        let sandbox = Sandbox::new();
        let mut person = Person::start(&sandbox, &["--offline"], size);
        person.answers("Name of this installation", "acme\r");
        person.answers("Where the buckets are", "\r");
        person.answers("Region of the buckets", "eu-west-1\r");
        person.answers("AWS account", "\r");
        person.answers("Charts that need object storage", "mass\r");
        person.answers("Massdriver chart version", "0.0.99\r");
        person.answers("Massdriver Helm release", ESC);
        person.answers("Massdriver chart version · 0.0.99", "0.0.17\r");
        person.answers("Massdriver Helm release", "md\r");
        person.sees("The release name `md` does not work with this chart.");
        person.answers("Massdriver Helm release · massdriver", "massdriver-prod\r");
        person.answers("Massdriver namespace", "\r");
        person.answers("Is Massdriver new", "runs\r");
        assert_eq!(person.ends(), 0, "{}", person.transcript());
        // The command is one line, whatever the terminal's width, so that it can be copied.
        let told = person.transcript();
        let command = "bucketwright migrate settings --profile massdriver --chart-version 0.0.17 --running --release massdriver-prod \
                       --namespace massdriver --name acme --region eu-west-1";
        assert!(told.contains(command), "{told}");
        assert!(!sandbox.path("bucketwright.yaml").exists());
        // The command is one that there is: it gets as far as the cluster, of which there is none here.
        let words: Vec<&str> = command.split_whitespace().skip(1).collect();
        let ran = sandbox.call(words).run().exits(2);
        assert!(ran.stderr.contains("BW1101"), "{}", ran.stderr);
    }
}

/// The kubeconfig's current context says which cloud, region and cluster are meant, without a call.
#[test]
fn the_kubeconfig_proposes() {
    let config = |name: &str, server: &str| {
        format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: here\ncontexts: [{{name: here, context: {{cluster: \"{name}\", user: me}}}}]\n\
             clusters: [{{name: \"{name}\", cluster: {{server: \"{server}\"}}}}]\nusers: [{{name: me, user: {{token: t}}}}]\n"
        )
    };
    let sandbox = Sandbox::new();
    let started = |name: &str, server: &str| {
        let file = sandbox.write("kubeconfig", &config(name, server));
        let mut command = sandbox.command();
        command.args(["init", "--offline"]).env("KUBECONFIG", file).env("AWS_REGION", "us-east-1");
        Person::run(command, SIZES[0])
    };
    let mut person =
        started("arn:aws:eks:eu-west-3:012345678901:cluster/green", "https://a.gr7.eu-west-3.eks.amazonaws.com");
    person.answers("Name of this installation", "acme\r");
    person.answers("Where the buckets are", "\r");
    person.answers("Region of the buckets · eu-west-3", "\r");
    person.answers("AWS account", "\r");
    person.answers("Charts that need object storage", "gitlab\r");
    person.takes_chart("GitLab");
    person.answers("Is GitLab new", "\r");
    person.answers("How GitLab's pods", "\r");
    person.answers("EKS cluster that the charts run in · green", CTRL_C);
    assert_eq!(person.ends(), 130, "{}", person.transcript());
    std::fs::remove_file(sandbox.path("bucketwright.yaml.draft")).expect("a draft");
    let mut person = started("gke_acme-shop_europe-west2-a_green", "https://10.0.0.1");
    person.answers("Name of this installation", "acme\r");
    person.answers("Where the buckets are", "\r");
    person.answers("Project id · acme-shop", "\r");
    person.answers("Location of the buckets · europe-west2", CTRL_C);
    assert_eq!(person.ends(), 130, "{}", person.transcript());
}
