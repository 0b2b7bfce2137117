{{- /* Names of templates are shared by all charts of a release, so they begin with the name of the chart. */}}

{{- define "workflow-schedule-operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- /* With the suffix of the Service, `-metrics`, it must not be longer than 63 characters. */}}
{{- define "workflow-schedule-operator.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 55 | trimSuffix "-" }}
{{- else }}
{{- $name := include "workflow-schedule-operator.name" . }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 55 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 55 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "workflow-schedule-operator.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride }}
{{- end }}

{{- define "workflow-schedule-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "workflow-schedule-operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "workflow-schedule-operator.labels" -}}
{{ include "workflow-schedule-operator.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "workflow-schedule-operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "workflow-schedule-operator.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- required "serviceAccount.name is required if serviceAccount.create is false" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "workflow-schedule-operator.image" -}}
{{- $repository := required "image.repository is required: no image is published; build one and push it to a registry of yours" .Values.image.repository }}
{{- if .Values.image.digest }}
{{- printf "%s@%s" $repository .Values.image.digest }}
{{- else }}
{{- /* Helm reads a number as a float, which would be written as 2.0261128e+07. */}}
{{- $tag := kindIs "float64" .Values.image.tag | ternary (printf "%.0f" .Values.image.tag) (toString .Values.image.tag) }}
{{- printf "%s:%s" $repository (default .Chart.AppVersion $tag) }}
{{- end }}
{{- end }}

{{- /* NAMESPACE/NAME, or nothing. */}}
{{- define "workflow-schedule-operator.defaultConnection" -}}
{{- if .Values.defaultConnection }}
{{- .Values.defaultConnection }}
{{- else if .Values.connection.create }}
{{- printf "%s/%s" (include "workflow-schedule-operator.namespace" .) .Values.connection.name }}
{{- end }}
{{- end }}

{{- /* The selectors of the Deployment and the Service must not match the pod of the test. */}}
{{- define "workflow-schedule-operator.testLabels" -}}
app.kubernetes.io/name: {{ include "workflow-schedule-operator.name" . }}-test
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
