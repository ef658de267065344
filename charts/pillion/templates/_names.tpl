{{- /* The name of all objects; short enough for what is put behind it. The server has it as --name. */}}
{{- define "pillion.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) }}
{{- default $full .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- end }}

{{- define "pillion.serviceAccountName" -}}
{{- default (include "pillion.fullname" .) .Values.serviceAccount.name }}
{{- end }}

{{- /* Whom `selector` selects: the servers, and no Pod of a hook. */}}
{{- define "pillion.selectorLabels" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: server
{{- end }}

{{- /* Of an object of a component: (list $ "server"). */}}
{{- define "pillion.labels" -}}
{{- $root := index . 0 }}
{{- $own := include "pillion.selectorLabels" $root | fromYaml }}
{{- $_ := set $own "app.kubernetes.io/component" (index . 1) }}
{{- $_ := set $own "app.kubernetes.io/version" (toString $root.Chart.AppVersion) }}
{{- $_ := set $own "app.kubernetes.io/managed-by" $root.Release.Service }}
{{- $_ := set $own "helm.sh/chart" (printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" | trunc 63) }}
{{- merge $own $root.Values.commonLabels | toYaml }}
{{- end }}

{{- define "pillion.image" -}}
{{- $image := .Values.image }}
{{- with $image.registry }}{{ . }}/{{ end }}{{ $image.repository }}:{{ default .Chart.AppVersion $image.tag }}
{{- with $image.digest }}@{{ . }}{{ end }}
{{- end }}

{{- /* Whatever the values say, Pillion never changes Pods that it or the cluster itself depends on. */}}
{{- define "pillion.excludedNamespaces" -}}
{{- concat (list .Release.Namespace "kube-system" "kube-node-lease") .Values.excludedNamespaces | uniq | toJson }}
{{- end }}

{{- /* The Secret that the servers mount; empty when they keep one themselves. */}}
{{- define "pillion.tlsSecretName" -}}
{{- if eq .Values.certificates.source "certManager" }}{{ include "pillion.fullname" . }}-certificate
{{- else if eq .Values.certificates.source "provided" }}{{ .Values.certificates.provided.secretName }}
{{- end }}
{{- end }}
