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

	"sigs.k8s.io/yaml"
)

// object is any object of the API.
type object = map[string]any

// call sends a request to the API server; anything but a 2xx answer is an error with the
// server's message.
func (c *Cluster) call(method, path string, body any) ([]byte, error) {
	if err := c.ended(); err != nil {
		return nil, err
	}
	var data io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		data = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(c.ctx, method, kubeURL+path, data)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.client.Do(req)
	if err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return nil, err
	}
	if resp.StatusCode/100 != 2 {
		return answer, &refusal{resp.StatusCode, method + " " + path, string(answer)}
	}
	return answer, nil
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
