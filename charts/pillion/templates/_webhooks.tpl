{{- /* clientConfig for a path: (dict "root" $ "path" "/mutate"). */}}
{{- define "pillion.clientConfig" -}}
service: { namespace: {{ .root.Release.Namespace }}, name: {{ include "pillion.fullname" .root }}, path: {{ .path }}, port: 443 }
{{- if eq .root.Values.certificates.source "provided" }}
{{- with .root.Values.certificates.provided.caBundle }}
caBundle: {{ b64enc . }}
{{- end }}
{{- end }}
{{- end }}

{{- /* Metadata of a webhook configuration. */}}
{{- define "pillion.configurationMetadata" -}}
name: {{ include "pillion.fullname" . }}
labels: {{- include "pillion.labels" (list . "server") | nindent 2 }}
{{- $annotations := dict }}
{{- if eq .Values.certificates.source "certManager" }}
{{- $_ := set $annotations "cert-manager.io/inject-ca-from" (printf "%s/%s" .Release.Namespace (include "pillion.fullname" .)) }}
{{- end }}
{{- with merge $annotations .Values.webhook.annotations }}
annotations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /*
namespaceSelector with one more expression: (dict "root" $ "operator" "In"). All of them must match. Without the operator, it
selects enabled namespaces and others.
*/}}
{{- define "pillion.namespaceSelector" -}}
{{- with .root.Values.webhook.namespaceSelector.matchLabels }}
matchLabels: {{- toYaml . | nindent 2 }}
{{- end }}
matchExpressions:
  {{- with .operator }}
  - { key: pillion.dev/inject, operator: {{ . }}, values: [enabled] }
  {{- end }}
  - { key: kubernetes.io/metadata.name, operator: NotIn, values: {{ include "pillion.excludedNamespaces" .root }} }
  {{- with .root.Values.webhook.namespaceSelector.matchExpressions }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{- /* Fields of both webhooks for Pods. */}}
{{- define "pillion.podWebhook" -}}
{{- with .Values.webhook.objectSelector }}
objectSelector: {{- toYaml . | nindent 2 }}
{{- end }}
rules:
  - apiGroups: [""]
    apiVersions: [v1]
    resources: [pods]
    operations: [CREATE]
    scope: Namespaced
{{- if eq .Values.certificates.source "selfManaged" }}
# Pillion writes its CA into caBundle. The manifest has no caBundle, because an update would remove the CA.
{{- end }}
clientConfig: {{- include "pillion.clientConfig" (dict "root" . "path" "/mutate") | nindent 2 }}
admissionReviewVersions: [v1]
sideEffects: None
# Another webhook may add a container after Pillion.
reinvocationPolicy: {{ .Values.webhook.reinvocationPolicy }}
{{- if eq .Values.webhook.failurePolicy "Ignore" }}
# If no replica answers, Pods start without sidecars.
{{- end }}
failurePolicy: {{ .Values.webhook.failurePolicy }}
timeoutSeconds: {{ .Values.webhook.timeoutSeconds }}
{{- end }}

{{- /*
Whether a key in the metadata of a workload, of its Pod template, or of the Job template of a CronJob mentions Pillion. What a controller
creates from a template has the mistakes of that template, and nobody reads the warnings.
*/}}
{{- define "pillion.mentionsPillion" -}}
- name: written-by-a-user
  expression: >-
    !has(object.metadata.ownerReferences) ||
    !object.metadata.ownerReferences.exists(o, has(o.controller) && o.controller)
- name: mentions-pillion
  expression: >-
    [object, has(object.template) ? object.template : object,
    has(object.spec) && has(object.spec.template) ? object.spec.template : object,
    has(object.spec) && has(object.spec.jobTemplate) ? object.spec.jobTemplate : object,
    has(object.spec) && has(object.spec.jobTemplate) && has(object.spec.jobTemplate.spec) &&
    has(object.spec.jobTemplate.spec.template) ? object.spec.jobTemplate.spec.template : object].exists(o,
    has(o.metadata) && (has(o.metadata.annotations) && o.metadata.annotations.exists(k, k.contains('pillion')) ||
    has(o.metadata.labels) && o.metadata.labels.exists(k, k.contains('pillion'))))
{{- end }}
