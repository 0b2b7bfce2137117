{{- /* What the operator does with schedules and all that they need, without Secrets. */}}
{{- define "workflow-schedule-operator.scheduleRules" -}}
# `patch` is only for the finalizer: it is part of the metadata, and Kubernetes has no narrower permission for
# it. The operator never writes a spec.
- apiGroups: [workflows.mistral.ai]
  resources: [workflowschedules, workflowconnections]
  verbs: [get, list, watch, patch]
- apiGroups: [workflows.mistral.ai]
  resources: [workflowschedules/status, workflowconnections/status]
  verbs: [patch]
# Inputs, read by the names in the resources.
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end }}

{{- /* The same for connections alone. */}}
{{- define "workflow-schedule-operator.connectionRules" -}}
- apiGroups: [workflows.mistral.ai]
  resources: [workflowconnections]
  verbs: [get, list, watch, patch]
- apiGroups: [workflows.mistral.ai]
  resources: [workflowconnections/status]
  verbs: [patch]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end }}

{{- define "workflow-schedule-operator.secretRules" -}}
# API keys and inputs, read by the names in the resources. Without `list` the operator cannot find Secrets that
# no resource names.
- apiGroups: [""]
  resources: [secrets]
  verbs: [get]
{{- end }}

{{- /*
The Roles, as a map from a namespace to the names of its rules. The operator serves no schedules in the namespace
of a default connection that is not watched.
*/}}
{{- define "workflow-schedule-operator.roles" -}}
{{- $roles := dict }}
{{- range .Values.watchNamespaces }}
{{- $_ := set $roles . (list "schedule") }}
{{- end }}
{{- $connection := include "workflow-schedule-operator.defaultConnection" . | splitList "/" | first }}
{{- if and .Values.watchNamespaces $connection (not (hasKey $roles $connection)) }}
{{- $_ := set $roles $connection (list "connection") }}
{{- end }}
{{- with .Values.rbac.secrets }}
{{- if and $connection (not .all) (not (has $connection .namespaces)) }}
{{- fail (printf "rbac.secrets.namespaces must contain %s, the namespace of the default connection: the operator reads its API key" $connection) }}
{{- end }}
{{- range .all | ternary (keys $roles) .namespaces }}
{{- $_ := set $roles . (append (get $roles . | default list) "secret") }}
{{- end }}
{{- end }}
{{- toYaml $roles }}
{{- end }}
