package main

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value"`
}

const (
	name = "log-tail"
	path = "/var/log/app"
)

// inject gives the operations that Pillion has for a Pod that asks for log-tail. Only one that has the annotation
// gets here, so there are annotations.
func inject(pod *corev1.Pod) []operation {
	patch := []operation{
		appended("/spec/volumes", len(pod.Spec.Volumes), corev1.Volume{
			Name:         name,
			VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}},
		}),
	}
	for at, container := range pod.Spec.Containers {
		mounts := "/spec/containers/" + strconv.Itoa(at) + "/volumeMounts"
		mount := corev1.VolumeMount{Name: name, MountPath: path}
		patch = append(patch, appended(mounts, len(container.VolumeMounts), mount))
	}
	if len(pod.Spec.InitContainers) == 0 {
		patch = append(patch, add("/spec/initContainers", []corev1.Container{sidecar}))
	} else {
		patch = append(patch, add("/spec/initContainers/0", sidecar))
	}
	app := pod.Spec.Containers[0].Name
	return append(patch,
		add("/metadata/annotations/kubectl.kubernetes.io~1default-container", app),
		add("/metadata/annotations/pillion.dev~1status", `{"profiles":{"log-tail":{"initContainers":["log-tail"]}}}`),
	)
}

// appended adds to an array of so many elements; without one there is none to append to.
func appended[T any](path string, length int, value T) operation {
	if length == 0 {
		return add(path, []T{value})
	}
	return add(path+"/-", value)
}

func add(path string, value any) operation {
	return operation{Op: "add", Path: path, Value: value}
}

var sidecar = corev1.Container{
	Name:    name,
	Image:   "busybox:1.37",
	Command: []string{"sh", "-c", "tail -n +1 -F \"$1\" &\ntrap 'sleep 1.2; kill $!; exit 0' TERM\nwait $!\n", name},
	Args:    []string{path + "/app.log"},
	VolumeMounts: []corev1.VolumeMount{
		{Name: name, MountPath: path, ReadOnly: true},
	},
	Resources: corev1.ResourceRequirements{
		Requests: corev1.ResourceList{
			corev1.ResourceCPU:    resource.MustParse("10m"),
			corev1.ResourceMemory: resource.MustParse("32Mi"),
		},
		Limits: corev1.ResourceList{
			corev1.ResourceCPU:    resource.MustParse("100m"),
			corev1.ResourceMemory: resource.MustParse("32Mi"),
		},
	},
	SecurityContext: &corev1.SecurityContext{
		RunAsNonRoot:             new(true),
		RunAsUser:                new(int64(65534)),
		RunAsGroup:               new(int64(65534)),
		ReadOnlyRootFilesystem:   new(true),
		AllowPrivilegeEscalation: new(false),
		Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
		SeccompProfile:           &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
	},
	RestartPolicy: new(corev1.ContainerRestartPolicyAlways),
}
