{{- /* The name of all objects, short enough for suffixes. The replicas get it as --name. */}}
{{- define "pillion.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) }}
{{- default $full .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- end }}

{{- define "pillion.serviceAccountName" -}}
{{- default (include "pillion.fullname" .) .Values.serviceAccount.name }}
{{- end }}

{{- /* Labels that select the replicas, and no Pod of a hook. */}}
{{- define "pillion.selectorLabels" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: server
{{- end }}

{{- /* Labels of an object of a component: (list $ "server"). */}}
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

{{- /* Excluded namespaces. Those that Pillion and the cluster depend on are always among them. */}}
{{- define "pillion.excludedNamespaces" -}}
{{- concat (list .Release.Namespace "kube-system" "kube-node-lease") .Values.excludedNamespaces | uniq | toJson }}
{{- end }}

{{- /* The Secret that the replicas mount; empty when they manage the certificate themselves. */}}
{{- define "pillion.tlsSecretName" -}}
{{- if eq .Values.certificates.source "certManager" }}{{ include "pillion.fullname" . }}-certificate
{{- else if eq .Values.certificates.source "provided" }}{{ .Values.certificates.provided.secretName }}
{{- end }}
{{- end }}
