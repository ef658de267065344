{{- define "pillion.args" -}}
- serve
- --name={{ include "pillion.fullname" . }}
- --log-level={{ .Values.logLevel }}
# If all replicas are deleted at once, they still answer until new ones are ready.
- --drain-delay-ms={{ mul 1000 .Values.drainDelaySeconds }}
- --excluded-namespaces={{ without (include "pillion.excludedNamespaces" . | fromJsonArray) .Release.Namespace | join "," }}
- --prove-profiles={{ .Values.proveProfiles }}
- --profiles-per-namespace={{ .Values.profiles.perNamespace }}
{{- if .Values.sweep.enabled }}
- --sweep-interval-ms={{ mul 1000 .Values.sweep.intervalSeconds }}
- --sweep-evict={{ .Values.sweep.evict }}
- --sweep-evictions-per-minute={{ .Values.sweep.evictionsPerMinute }}
{{- else }}
- --sweep-interval-ms=0
{{- end }}
{{- if .Values.rollout.enabled }}
- --rollout=true
- --rollout-parallel-pods={{ .Values.rollout.parallelPods }}
- --rollout-pods-per-minute={{ .Values.rollout.podsPerMinute }}
{{- end }}
{{- if include "pillion.tlsSecretName" . }}
- --tls-cert=/tls/tls.crt
- --tls-key=/tls/tls.key
{{- end }}
{{- if .Values.webhook.clientCA.secretName }}
- --client-ca=/client-ca/ca.crt
{{- end }}
{{- if ne 8443 (int .Values.ports.https) }}
- --port={{ .Values.ports.https }}
{{- end }}
{{- if ne 9090 (int .Values.ports.metrics) }}
- --metrics-port={{ .Values.ports.metrics }}
{{- end }}
{{- with .Values.extraArgs }}
{{ toYaml . }}
{{- end }}
{{- end }}
