{{- /* What a ServiceMonitor and a PodMonitor have in common: their endpoint, from the values of one of them. */}}
{{- define "workflow-schedule-operator.endpoint" -}}
port: http
path: /metrics
interval: {{ .interval }}
{{- with .scrapeTimeout }}
scrapeTimeout: {{ . }}
{{- end }}
honorLabels: {{ .honorLabels }}
{{- with .relabelings }}
relabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .metricRelabelings }}
metricRelabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* Queries, changed where a monitor has `honorLabels`: the label `namespace` of a series of an object is then the
namespace of the object, and not that of the operator. */}}
{{- define "workflow-schedule-operator.kept-labels" -}}
{{- $metrics := .root.Values.metrics }}
{{- if or (and $metrics.serviceMonitor.enabled $metrics.serviceMonitor.honorLabels) (and $metrics.podMonitor.enabled $metrics.podMonitor.honorLabels) }}
{{- regexReplaceAll `(_connection_[a-z_]+)\{namespace=~?\\?"[^"]*",?` .text "${1}{" | replace "exported_namespace" "namespace" }}
{{- else }}
{{- .text }}
{{- end }}
{{- end }}
