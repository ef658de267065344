{{- /* A Job that runs `pillion crds`, with permissions for both CRDs only, which are deleted when it has ended. */}}
{{- define "pillion.crdsHook" -}}
{{- $name := printf "%s-%s" (include "pillion.fullname" .root) .component }}
{{- $labels := include "pillion.labels" (list .root .component) }}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ $name }}
  namespace: {{ .root.Release.Namespace }}
  labels: {{- $labels | nindent 4 }}
  annotations: {{- include "pillion.hookAnnotations" (list .hook -2) | nindent 4 }}
automountServiceAccountToken: false
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {{ $name }}
  labels: {{- $labels | nindent 4 }}
  annotations: {{- include "pillion.hookAnnotations" (list .hook -2) | nindent 4 }}
rules:
  - apiGroups: [apiextensions.k8s.io]
    resources: [customresourcedefinitions]
    resourceNames: [clustersidecarprofiles.pillion.dev, sidecarprofiles.pillion.dev]
    verbs: {{ toJson .verbs }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: {{ $name }}
  labels: {{- $labels | nindent 4 }}
  annotations: {{- include "pillion.hookAnnotations" (list .hook -1) | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {{ $name }}
subjects:
  - kind: ServiceAccount
    name: {{ $name }}
    namespace: {{ .root.Release.Namespace }}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ $name }}
  namespace: {{ .root.Release.Namespace }}
  labels: {{- $labels | nindent 4 }}
  annotations: {{- include "pillion.hookAnnotations" (list .hook 0) | nindent 4 }}
spec:
  backoffLimit: 3
  activeDeadlineSeconds: 240
  template:
    metadata:
      labels: {{- $labels | nindent 8 }}
    spec:
      automountServiceAccountToken: true
      {{- include "pillion.hookPod" (dict "root" .root "name" $name "args" (list "crds" .flag)) | nindent 6 }}
{{- end }}

{{- /* (list HOOK WEIGHT). A failed hook stays until the next try, so that its log can be read. */}}
{{- define "pillion.hookAnnotations" -}}
helm.sh/hook: {{ index . 0 }}
helm.sh/hook-weight: {{ index . 1 | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}
