//! Values inside another document: what Flux and Argo CD take in the place of a values file.

use serde_json::{Map, Value};

use crate::base::error::{Code, Error, Result};
use crate::base::yaml::Tree;

/// The values that a document holds.
pub(super) enum Held {
    /// The document is a values file.
    Whole(Tree),
    /// They are inside of a document that a controller reads, which says where it installs them.
    Inside(Tree, Target),
}

/// The release that a controller's document makes, as far as the document says.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// The release's name.
    pub release: Option<String>,
    /// Its namespace.
    pub namespace: Option<String>,
}

/// Finds the values in a document.
///
/// Source: Flux, HelmRelease v2 (`spec.values`); Argo CD, Application (`spec.source.helm`, `spec.sources[].helm`).
///
/// # Errors
/// `BW1701` for a document of Kubernetes that holds none, or holds them in a form whose keys have no place of their own.
pub(super) fn held(name: &str, tree: Tree) -> Result<Held> {
    let word = |key: &str| tree.get(key).and_then(Tree::text);
    let Some(kind) = word("kind") else { return Ok(Held::Whole(tree)) };
    let group = word("apiVersion").unwrap_or_default();
    let is_manifest = tree.get("metadata").is_some() || group.contains('/');
    // Gitpod's configuration has an apiVersion and a kind, too.
    if !is_manifest || tree.get("domain").is_some() {
        return Ok(Held::Whole(tree));
    }
    let spec = tree.get("spec");
    if kind == "HelmRelease" && group.starts_with("helm.toolkit.fluxcd.io/") {
        if spec.is_some_and(|spec| spec.get("valuesFrom").is_some()) {
            return Err(elsewhere(name, "a HelmRelease that takes values from a ConfigMap or Secret (`valuesFrom`)"));
        }
        let values = spec.and_then(|spec| spec.get("values")).cloned().unwrap_or(Tree::Map(Vec::new()));
        return Ok(Held::Inside(values, of_flux(&tree)));
    }
    if kind == "Application" && group.starts_with("argoproj.io/") {
        let one = spec.and_then(|spec| spec.get("source"));
        let all = match spec.and_then(|spec| spec.get("sources")) {
            Some(Tree::List(all)) => all.as_slice(),
            _ => &[],
        };
        let helm: Vec<&Tree> = one.into_iter().chain(all).filter_map(|source| source.get("helm")).collect();
        if ["values", "parameters", "fileParameters", "valueFiles"]
            .iter()
            .any(|key| helm.iter().any(|helm| helm.get(key).is_some()))
        {
            return Err(elsewhere(name, "an Application that gives values as text, parameters or further files"));
        }
        if let [helm] = helm.as_slice() {
            let values = helm.get("valuesObject").cloned().unwrap_or(Tree::Map(Vec::new()));
            let target = Target {
                release: text(helm, &["releaseName"]).or_else(|| text(&tree, &["metadata", "name"])),
                namespace: text(&tree, &["spec", "destination", "namespace"]),
            };
            return Ok(Held::Inside(values, target));
        }
        return Err(elsewhere(name, "an Application without one Helm source"));
    }
    Err(Error::new(Code::NOT_VALUES, format!("{name} is a Kubernetes manifest, not values"))
        .fix("Give the values that it was rendered from: `helm get values RELEASE --namespace NAMESPACE -o yaml`."))
}

/// Source: Flux, HelmRelease v2: the release is `[TARGETNAMESPACE-]NAME` unless `releaseName` says it.
fn of_flux(tree: &Tree) -> Target {
    let elsewhere = text(tree, &["spec", "targetNamespace"]);
    let name = text(tree, &["metadata", "name"]).map(|name| match &elsewhere {
        Some(namespace) => format!("{namespace}-{name}"),
        None => name,
    });
    Target {
        release: text(tree, &["spec", "releaseName"]).or(name),
        namespace: elsewhere.or_else(|| text(tree, &["metadata", "namespace"])),
    }
}

fn text(tree: &Tree, path: &[&str]) -> Option<String> {
    path.iter().try_fold(tree, |tree, key| tree.get(key)).and_then(Tree::text).map(str::to_owned)
}

/// A document whose values are not in it, or not as keys.
fn elsewhere(name: &str, what: &str) -> Error {
    Error::new(Code::NOT_VALUES, format!("{name} is {what}"))
        .why("What is not written there as keys cannot be read here, and the rest alone would be judged wrongly.")
        .fix("Write all values into one file, as Helm would get them, and name that one.")
}

/// A tree as a value, without places.
pub(super) fn value(tree: &Tree) -> Value {
    match tree {
        Tree::Map(entries) => Value::Object(
            entries.iter().map(|(key, below)| (key.as_str().to_owned(), value(below))).collect::<Map<_, _>>(),
        ),
        Tree::List(items) => items.iter().map(value).collect(),
        Tree::Leaf(leaf) => leaf.clone(),
    }
}

#[cfg(test)]
mod tests {
    use crate::base::error::Code;
    use crate::helm::chart::ValuesFile;

    #[test]
    fn values_are_found_where_flux_and_argo_cd_take_them() {
        let flux = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: x}\nspec:\n  values:\n    global: {x: 1}\n";
        let argo = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: x}\nspec:\n  source:\n    helm:\n      valuesObject: {global: {x: 1}}\n";
        let many = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: x}\nspec:\n  sources:\n    - {repoURL: a}\n    - helm: {valuesObject: {global: {x: 1}}}\n";
        for text in [flux, argo, many] {
            let file = ValuesFile::parse("f.yaml", text).expect(text);
            assert_eq!(file.tree.entries().len(), 1, "{text}");
            assert_eq!(file.inside().as_deref(), Some(r#"{"global":{"x":1}}"#), "{text}");
        }
        let plain = ValuesFile::parse("f.yaml", "global: {x: 1}\nkind: chart\n").expect("values");
        assert_eq!(plain.inside(), None);
    }

    #[test]
    fn other_documents_are_refused_by_what_they_are() {
        for (text, word) in [
            (
                "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nhelmCharts: []\n",
                "is a Kubernetes manifest",
            ),
            ("apiVersion: helm.cattle.io/v1\nkind: HelmChart\nmetadata: {name: x}\n", "is a Kubernetes manifest"),
            ("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\nspec: {}\n", "is a Kubernetes manifest"),
            (
                "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: x}\nspec: {valuesFrom: [{kind: Secret, name: x}]}\n",
                "valuesFrom",
            ),
            (
                "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: x}\nspec: {source: {helm: {values: 'a: 1'}}}\n",
                "as text",
            ),
            (
                "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: x}\nspec: {source: {path: x}}\n",
                "without one Helm source",
            ),
        ] {
            let error = ValuesFile::parse("f.yaml", text).expect_err(text);
            assert_eq!(error.code(), &Code::NOT_VALUES);
            assert!(error.what().contains(word), "{error:?}");
        }
    }
}
