package live

import (
	"errors"
	"fmt"
	"net/url"
	"os"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	_ "k8s.io/client-go/plugin/pkg/client/auth" // what kubectl can log in with
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// Cluster is a cluster to read from.
type Cluster struct {
	Name      string // as origins call it: "cluster:" and the kubeconfig's context, or the server
	Namespace string // that the flags or the context name, else "default"

	server    string
	client    dynamic.Interface
	discovery discovery.DiscoveryInterface
}

// ErrNone says that neither a kubeconfig, nor a flag, nor a Pod's own account names a cluster.
var ErrNone = errors.New("no cluster is configured: there is no kubeconfig, and neither --server nor --kubeconfig names one")

// Connect finds the cluster that the flags and the kubeconfig name, as kubectl does. Nothing
// is asked of it yet.
func Connect(flags *genericclioptions.ConfigFlags) (*Cluster, error) {
	loader := flags.ToRawKubeConfigLoader()
	known, err := loader.RawConfig()
	if err != nil {
		return nil, fmt.Errorf("kubeconfig: %w", err)
	}
	config, err := flags.ToRESTConfig()
	if clientcmd.IsEmptyConfig(err) {
		return nil, ErrNone
	}
	if err != nil {
		return nil, fmt.Errorf("kubeconfig: %w", err)
	}
	if len(known.Clusters) == 0 && config.Host == clientcmd.ClusterDefaults.Server && os.Getenv("KUBERNETES_MASTER") == "" && *flags.APIServer == "" {
		return nil, ErrNone // kubectl would try this machine
	}
	namespace, _, err := loader.Namespace()
	if err != nil {
		return nil, fmt.Errorf("kubeconfig: %w", err)
	}
	name := *flags.Context
	if name == "" {
		name = known.CurrentContext
	}
	if u, err := url.Parse(config.Host); name == "" || *flags.APIServer != "" || *flags.ClusterName != "" {
		if name = config.Host; err == nil && u.Host != "" {
			name = u.Host
		}
	}
	return connect("cluster:"+name, namespace, config)
}

func connect(name, namespace string, config *rest.Config) (*Cluster, error) {
	config = rest.CopyConfig(config)
	config.QPS = -1                           // the server has its own limits
	config.WarningHandler = rest.NoWarnings{} // about versions, which are ours to know
	c := &Cluster{Name: name, Namespace: namespace, server: config.Host}
	client, err := rest.HTTPClientFor(config)
	if err == nil {
		c.client, err = dynamic.NewForConfigAndClient(config, client)
	}
	if err == nil {
		c.discovery, err = discovery.NewDiscoveryClientForConfigAndClient(config, client)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return c, nil
}

// serves says whether the server has a resource. If it does not tell, it has.
func (c *Cluster) serves(res resource) bool {
	list, err := c.discovery.ServerResourcesForGroupVersion(res.gvr().GroupVersion().String())
	if err != nil {
		return !apierrors.IsNotFound(err)
	}
	for _, r := range list.APIResources {
		if r.Name == res.name {
			return true
		}
	}
	return false
}

// UnreachableError is a cluster that does not answer as one.
type UnreachableError struct {
	Cluster, Server string
	Err             error
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("%s (%s) can't be read: %v", e.Cluster, e.Server, e.Err)
}

// Unwrap is the reason.
func (e *UnreachableError) Unwrap() error { return e.Err }

// failed says of a failure where it was.
func (c *Cluster) failed(err error) error {
	if apierrors.IsUnauthorized(err) {
		return fmt.Errorf("%s (%s) does not know you: %w; log in, or choose --context, --user or --token", c.Name, c.server, err)
	}
	return &UnreachableError{c.Name, c.server, err}
}

func (c *Cluster) origin() ledger.Origin { return ledger.New(ledger.Place{File: c.Name}) }
