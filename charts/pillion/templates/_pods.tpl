{{- /* Fields of all Pods: replicas and hooks. */}}
{{- define "pillion.placement" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
securityContext: {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- end }}

{{- /* Pod of a hook, which runs a command of Pillion: (dict "root" $ "name" … "args" (list …)). */}}
{{- define "pillion.hookPod" -}}
serviceAccountName: {{ .name }}
enableServiceLinks: false
restartPolicy: Never
{{ include "pillion.placement" .root | trim }}
containers:
  - name: {{ index .args 0 }}
    image: {{ include "pillion.image" .root | quote }}
    imagePullPolicy: {{ .root.Values.image.pullPolicy }}
    args: {{- toYaml .args | nindent 6 }}
    resources:
      requests: { cpu: 50m, memory: 96Mi }
      limits: { memory: 256Mi }
    securityContext: {{- toYaml .root.Values.securityContext | nindent 6 }}
{{- end }}

{{- /* Permissions to find workloads that cannot create Pods. */}}
{{- define "pillion.readWorkloads" -}}
# For workloads that cannot create Pods: Events name them, and the workload itself says whether this is still true.
- apiGroups: [apps]
  resources: [replicasets, statefulsets, daemonsets]
  verbs: [get]
- apiGroups: [batch]
  resources: [jobs]
  verbs: [get]
- apiGroups: [""]
  resources: [replicationcontrollers]
  verbs: [get]
{{- end }}
