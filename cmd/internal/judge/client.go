package judge

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	utilnet "k8s.io/apimachinery/pkg/util/net"
	"sigs.k8s.io/yaml"
)

// object is any object of the API.
type object = map[string]any

// call sends a request to the API server; anything but a 2xx answer is an error with the
// server's message.
func (c *Cluster) call(method, path string, body any) ([]byte, error) {
	answer, _, err := c.callAs("", method, path, body)
	return answer, err
}

// callAs is call as another account, which may do everything ("": the judge's own), with the
// warnings of the API server. A PATCH is a server-side apply.
func (c *Cluster) callAs(account, method, path string, body any) (answer []byte, warnings []string, err error) {
	if account == "" {
		return c.callBy(caller{}, method, path, body)
	}
	return c.callBy(caller{account, []string{"system:masters"}}, method, path, body)
}

// caller is somebody with the groups that the API server is told; the zero value is the judge.
type caller struct {
	user   string
	groups []string
}

// callBy is callAs as somebody with the rights that the cluster gives, and no others.
func (c *Cluster) callBy(who caller, method, path string, body any) (answer []byte, warnings []string, err error) {
	if err := c.ended(); err != nil {
		return nil, nil, err
	}
	var data io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, nil, err
		}
		data = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(c.ctx, method, kubeURL+path, data)
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	if method == http.MethodPatch {
		req.Header.Set("Content-Type", "application/apply-patch+yaml")
	}
	if who.user != "" {
		req.Header.Set("Impersonate-User", who.user)
		req.Header["Impersonate-Group"] = who.groups
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return nil, nil, err
	}
	answer, err = io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return nil, nil, err
	}
	told, problems := utilnet.ParseWarningHeaders(resp.Header.Values("Warning"))
	for _, w := range told {
		warnings = append(warnings, w.Text)
	}
	if resp.StatusCode/100 != 2 {
		err = &refusal{resp.StatusCode, method + " " + path, string(answer)}
	}
	return answer, warnings, errors.Join(append(problems, err)...)
}

// refusal is an answer of the API server that is no success.
type refusal struct {
	status      int
	what, reply string
}

func (r *refusal) Error() string {
	var status struct{ Message string }
	if err := json.Unmarshal([]byte(r.reply), &status); err != nil || status.Message == "" {
		status.Message = r.reply
	}
	return fmt.Sprintf("%s: %d: %s", r.what, r.status, status.Message)
}

// answered says whether an error is an answer of the API server with this status.
func answered(err error, status int) bool {
	var r *refusal
	return errors.As(err, &r) && r.status == status
}

// resources are the paths of the kinds that are applied.
var resources = map[string]string{
	"Namespace":                "/api/v1/namespaces",
	"Service":                  "/api/v1/namespaces/%s/services",
	"Secret":                   "/api/v1/namespaces/%s/secrets",
	"ConfigMap":                "/api/v1/namespaces/%s/configmaps",
	"EndpointSlice":            "/apis/discovery.k8s.io/v1/namespaces/%s/endpointslices",
	"HTTPProxy":                "/apis/projectcontour.io/v1/namespaces/%s/httpproxies",
	"TLSCertificateDelegation": "/apis/projectcontour.io/v1/namespaces/%s/tlscertificatedelegations",
	"ExtensionService":         "/apis/projectcontour.io/v1alpha1/namespaces/%s/extensionservices",
	"Certificate":              "/apis/cert-manager.io/v1/namespaces/%s/certificates",
	"Ingress":                  "/apis/networking.k8s.io/v1/namespaces/%s/ingresses",
	"HTTPRoute":                "/apis/gateway.networking.k8s.io/v1/namespaces/%s/httproutes",
	"Role":                     "/apis/rbac.authorization.k8s.io/v1/namespaces/%s/roles",
	"RoleBinding":              "/apis/rbac.authorization.k8s.io/v1/namespaces/%s/rolebindings",
	"ClusterRole":              "/apis/rbac.authorization.k8s.io/v1/clusterroles",
	"ClusterRoleBinding":       "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
	"ServiceAccount":           "/api/v1/namespaces/%s/serviceaccounts",
	"Pod":                      "/api/v1/namespaces/%s/pods",
	"GRPCRoute":                "/apis/gateway.networking.k8s.io/v1/namespaces/%s/grpcroutes",
	"TLSRoute":                 "/apis/gateway.networking.k8s.io/v1alpha2/namespaces/%s/tlsroutes",

	"ValidatingAdmissionPolicy":        "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies",
	"ValidatingAdmissionPolicyBinding": "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings",

	"CustomResourceDefinition": "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
}

// collection is the path of a kind in a namespace.
func collection(kind, namespace string) (string, error) {
	path, known := resources[kind]
	if !known {
		return "", fmt.Errorf("kind %s: the judge does not know where it is applied; add it to resources", kind)
	}
	if strings.Contains(path, "%s") {
		return fmt.Sprintf(path, namespace), nil
	}
	return path, nil
}

// put makes an object, or makes it what it should be (server-side apply).
func (c *Cluster) put(kind, namespace, name string, o any) error {
	path, err := collection(kind, namespace)
	if err == nil {
		_, err = c.call(http.MethodPatch, path+"/"+name+"?fieldManager=judge&force=true&fieldValidation=Strict", o)
	}
	return err
}

// create makes an object.
func (c *Cluster) create(kind, namespace string, o any) error {
	path, err := collection(kind, namespace)
	if err == nil {
		_, err = c.call(http.MethodPost, path+"?fieldValidation=Strict", o)
	}
	return err
}

// createAll makes objects, several at a time.
func (c *Cluster) createAll(tasks []func() error) error {
	var group sync.WaitGroup
	errs, queue := make([]error, len(tasks)), make(chan int)
	for range 6 {
		group.Go(func() {
			for i := range queue {
				errs[i] = tasks[i]()
			}
		})
	}
	for i := range tasks {
		queue <- i
	}
	close(queue)
	group.Wait()
	return errors.Join(errs...)
}

// defineResources applies CustomResourceDefinitions and waits until they are served.
func (c *Cluster) defineResources(docs ...[]byte) error {
	for _, doc := range docs {
		var crd object
		if err := yaml.Unmarshal(doc, &crd); err != nil {
			return err
		}
		if crd["kind"] == nil {
			continue
		}
		if err := c.create("CustomResourceDefinition", "", crd); err != nil {
			return err
		}
	}
	return waitFor(time.Minute, "the custom resources", func() error {
		for _, kind := range []string{"HTTPProxy", "TLSCertificateDelegation", "Certificate"} {
			path, err := collection(kind, "default")
			if err == nil {
				_, err = c.call(http.MethodGet, path, nil)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Define applies Contour's own definitions, and a structural one for Certificates.
func (c *Cluster) Define() error {
	text, err := os.ReadFile(c.tools.path(crds))
	if err != nil {
		return err
	}
	docs := bytes.Split(text, []byte("\n---\n"))
	return c.defineResources(append(docs, []byte(certificateCRD))...)
}
