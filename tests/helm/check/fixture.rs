//! A chart written for the purpose, with the shape of Argo's, and the program run on it.

use crate::harness::{Call, Run, Sandbox, helm};

/// A spec of one install.
pub const SPEC: &str = "\
apiVersion: bucketwright/v1
name: acme-prod
cloud:
  provider: aws
  region: eu-west-1
  account: \"012345678901\"
  cluster:
    name: prod
    oidcIssuer: https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF
identity: irsa
installs:
  - profile: argo-workflows
    chartVersion: 1.0.18
";

/// The same on Google Cloud.
pub const GOOGLE: &str = "\
apiVersion: bucketwright/v1
name: acme-prod
cloud: {provider: gcp, project: acme-prod, projectNumber: \"123456789012\", location: europe-west2, cluster: {name: prod}}
identity: workload-identity
installs:
  - profile: argo-workflows
    chartVersion: 1.0.18
";

/// The same on Azure, before the identity is made.
pub const AZURE: &str = "\
apiVersion: bucketwright/v1
name: acme-prod
cloud:
  provider: azure
  subscription: 11111111-2222-3333-4444-555555555555
  resourceGroup: acme-prod
  storageAccount: acmeprod
  location: westeurope
  cluster: {name: prod}
identity: workload-identity
installs:
  - profile: argo-workflows
    chartVersion: 1.0.18
";

/// What the controller's configuration says with our values, where it is all that is of interest.
pub const CONFIG: &str = "\
---
kind: ConfigMap
metadata: {name: controller}
data:
  config: |
    artifactRepository:
      s3: {bucket: acme-prod-argo-artifacts, endpoint: s3.eu-west-1.amazonaws.com, region: eu-west-1}
    workflowDefaults: {spec: {serviceAccountName: argo-workflow}}
";

const ABOUT: &str = "apiVersion: v2\nname: argo-workflows\nversion: 1.0.18\n";

const VALUES: &str = "\
artifactRepository: {archiveLogs: false, s3: {}, gcs: {}, azure: {}}
customArtifactRepository: {}
artifactRepositoryRef: {}
mainContainer: {env: []}
nameOverride: ''
server: {serviceAccount: {create: true, name: '', annotations: {}}, podAnnotations: {}, podLabels: {}, env: [], envFrom: [], namespace: ''}
workflow: {serviceAccount: {create: true, name: argo-workflow, annotations: {}}, rbac: {create: true, artifactGC: false}}
controller: {workflowNamespaces: [], workflowDefaults: {}, serviceAccount: {annotations: {}}}
useStaticCredentials: true
secretsFrom: argo-argo-workflows-artifacts
extra: {}
";

const TEMPLATE: &str = r#"
{{- $own := ternary (printf "%s-argo-workflows-server" .Release.Name) "default" .Values.server.serviceAccount.create -}}
{{- $server := .Values.server.serviceAccount.name | default $own -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ $server }}
  annotations: {{- toYaml .Values.server.serviceAccount.annotations | nindent 4 }}
---
kind: ServiceAccount
metadata:
  name: {{ .Values.workflow.serviceAccount.name }}
  annotations: {{- toYaml .Values.workflow.serviceAccount.annotations | nindent 4 }}
---
kind: Deployment
metadata:
  name: {{ .Release.Name }}-argo-workflows-server
  {{- with .Values.server.namespace }}
  namespace: {{ . }}
  {{- end }}
spec:
  template:
    spec:
      serviceAccountName: {{ $server }}
      containers: [{name: server, image: argo, env: {{ toJson .Values.server.env }}, envFrom: {{ toJson .Values.server.envFrom }}}]
---
kind: ConfigMap
metadata: {name: controller}
data:
  config: |
    artifactRepository:
      archiveLogs: {{ .Values.artifactRepository.archiveLogs }}
      s3: {{- toYaml .Values.artifactRepository.s3 | nindent 8 }}
      gcs: {{- toYaml .Values.artifactRepository.gcs | nindent 8 }}
      azure: {{- toYaml .Values.artifactRepository.azure | nindent 8 }}
      {{- with .Values.customArtifactRepository }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
    workflowDefaults: {{- toYaml .Values.controller.workflowDefaults | nindent 6 }}
    mainContainer: {{- toYaml .Values.mainContainer | nindent 6 }}
    {{- if .Values.useStaticCredentials }}{{/* as Argo's chart asks */}}{{ end }}
{{- with .Values.artifactRepositoryRef }}
---
kind: ConfigMap
metadata: {name: repositories}
data:
  {{- range $name, $one := . }}
  {{ $name }}: |
    {{- toYaml $one | nindent 4 }}
  {{- end }}
{{- end }}
{{- with .Values.extra }}
---
{{ toJson . }}
{{- end }}
"#;

/// A folder with the chart and an empty `mine.yaml`.
pub fn chart(spec: &str) -> Sandbox {
    let sandbox = Sandbox::with_spec(spec);
    sandbox.write("chart/Chart.yaml", ABOUT);
    sandbox.write("chart/values.yaml", VALUES);
    sandbox.write("chart/templates/all.yaml", TEMPLATE);
    sandbox.write("mine.yaml", "");
    sandbox
}

/// `check` with values of the user's own and with Helm.
pub fn checked(sandbox: &Sandbox, mine: &str, more: &str) -> Result<Run, String> {
    sandbox.write("mine.yaml", mine);
    Ok(with_helm(sandbox, &format!("check --chart argo-workflows=chart --values mine.yaml {more}"))?.run())
}

/// A call with Helm on the PATH.
pub fn with_helm<'a>(sandbox: &'a Sandbox, arguments: &str) -> Result<Call<'a>, String> {
    let folder = helm(sandbox)?;
    Ok(sandbox.call(arguments.split_whitespace()).env("PATH", format!("{}:/usr/bin:/bin", folder.display())))
}
