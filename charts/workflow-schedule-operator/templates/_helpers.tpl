{{- define "operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "operator.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- $name := include "operator.name" . }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "operator.labels" -}}
{{ include "operator.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "operator.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- required "serviceAccount.name is needed where serviceAccount.create is false" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "operator.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{- /* NAMESPACE/NAME, or nothing. */}}
{{- define "operator.defaultConnection" -}}
{{- if .Values.defaultConnection }}
{{- .Values.defaultConnection }}
{{- else if .Values.connection.create }}
{{- printf "%s/%s" .Release.Namespace .Values.connection.name }}
{{- end }}
{{- end }}

{{- /*
The namespace of the default connection, where it is not among the watched ones: the operator serves no
schedules there.
*/}}
{{- define "operator.connectionNamespace" -}}
{{- $namespace := include "operator.defaultConnection" . | splitList "/" | first }}
{{- if and .Values.watchNamespaces (not (has $namespace .Values.watchNamespaces)) }}
{{- $namespace }}
{{- end }}
{{- end }}

{{- /* What the operator does with schedules and all that they need, cluster-wide or in one namespace. */}}
{{- define "operator.rules" -}}
# `patch` is only for the finalizer: it is part of the metadata, and Kubernetes has no narrower permission for
# it. The operator never writes a spec.
- apiGroups: [workflows.mistral.ai]
  resources: [workflowschedules, workflowconnections]
  verbs: [get, list, watch, patch]
- apiGroups: [workflows.mistral.ai]
  resources: [workflowschedules/status, workflowconnections/status]
  verbs: [patch]
# API keys and inputs, read by the names in the resources. Without `list` the operator cannot find Secrets that
# no resource names.
- apiGroups: [""]
  resources: [secrets, configmaps]
  verbs: [get]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create]
{{- end }}

{{- /* The same for connections alone. */}}
{{- define "operator.connectionRules" -}}
- apiGroups: [workflows.mistral.ai]
  resources: [workflowconnections]
  verbs: [get, list, watch, patch]
- apiGroups: [workflows.mistral.ai]
  resources: [workflowconnections/status]
  verbs: [patch]
- apiGroups: [""]
  resources: [secrets]
  verbs: [get]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create]
{{- end }}

{{- /* A Role and its binding: of {root, namespace, rules}. */}}
{{- define "operator.role" -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ include "operator.fullname" .root }}
  namespace: {{ .namespace }}
  labels:
    {{- include "operator.labels" .root | nindent 4 }}
rules:
  {{- .rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ include "operator.fullname" .root }}
  namespace: {{ .namespace }}
  labels:
    {{- include "operator.labels" .root | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ include "operator.fullname" .root }}
subjects:
  - kind: ServiceAccount
    name: {{ include "operator.serviceAccountName" .root }}
    namespace: {{ .root.Release.Namespace }}
{{- end }}
