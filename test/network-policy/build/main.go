// Command network-policy enforces the NetworkPolicies of a cluster on one node. A rule of iptables sends it the first
// packet of each connection, because not every kernel has the queue of nftables that kube-network-policies uses itself.
package main

import (
	"context"
	"flag"
	"log"
	"os/signal"
	"syscall"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/kube-network-policies/pkg/networkpolicy"
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "file with the credentials")
	node := flag.String("node", "", "name of the node")
	queue := flag.Int("queue", 100, "number of the queue")
	flag.Parse()
	if err := enforce(*kubeconfig, networkpolicy.Config{NodeName: *node, QueueID: *queue}); err != nil {
		log.Fatal(err)
	}
}

func enforce(kubeconfig string, config networkpolicy.Config) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	access, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(access)
	if err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	controller, err := networkpolicy.NewController(
		client,
		factory.Networking().V1().NetworkPolicies(),
		factory.Core().V1().Namespaces(),
		factory.Core().V1().Pods(),
		nil, nil, nil, nil,
		config,
	)
	if err != nil {
		return err
	}
	factory.Start(ctx.Done())
	return controller.Run(ctx)
}
