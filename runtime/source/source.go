// Package source reads the objects that are served from files, and goes on reading what
// changes. What has been good stays until something better is there:
//
//   - While a document of a file can not be read, the objects that the file held before, and
//     does not hold in its good documents, go on as they were. In a file that reads well, an
//     object that is no longer there is gone.
//   - A file that can not be read at all, or has become empty (0 bytes: whoever writes it has
//     truncated it and is not done, or failed), keeps everything. To withdraw all objects of
//     a file, remove it, or leave a comment in it. Argo CD's automated pruning is as careful
//     (allowEmpty is off by default).
//   - A file whose last line does not end, or that became shorter in its place, may be half of
//     a new text: it is read when nobody has written it for a while.
//   - A file that is removed from a directory takes its objects with it; so does a directory
//     within a directory that is read recursively.
//   - A directory that was given by name and is not there or can not be listed keeps
//     everything until it is back; so does another, empty directory in its place, which is
//     what an unmounted volume and a half-done replacement look like. Removing all files
//     from the same directory withdraws them.
//   - Files that change one after the other, or at once by a link, are read as they were at
//     some time together. Only who writes all the time, for three seconds, may have a mixture
//     read.
//   - Of an object that stands in two places the first counts, by the order of the paths
//     given, then of the files' paths, then of the documents; kept ones have their place,
//     too. When the first goes, the second takes over.
//
// Names that begin with a dot are passed over. That leaves of a mounted ConfigMap, which is
// ..data -> ..2024_x and key -> ..data/key, the keys; they are read through their links.
package source

import (
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// Ref names an object. Kind is without its API group.
type Ref struct{ Kind, Namespace, Name string }

// Object is one object of the input.
type Object struct {
	Ref
	// Origin is its document when it was last set; one that only moved within its file is
	// no change.
	Origin ledger.Origin
	// Text is the document as it stands in its file; of an item of a list, and of one of
	// several JSON objects in a row, it is that object alone, as JSON.
	Text []byte
	// Value is, by Kind, a *contour.HTTPProxy, *contour.TLSCertificateDelegation,
	// *contourv1alpha1.ExtensionService, *corev1.Service, *corev1.Endpoints, *corev1.Secret,
	// *corev1.ConfigMap, *discoveryv1.EndpointSlice, *networkingv1.IngressClass or *Ingress,
	// which must not change. It is as written, without the API server's defaults, but for
	// its namespace, and stringData, which is moved into data.
	Value any
}

// Ingress is one of any version, with what was found while it was read.
type Ingress struct {
	*manifest.Ingress
	Findings []ledger.Finding
}

// Change is a step from one state of the input to the next.
type Change struct {
	Set      []Object  // new, or otherwise than before; sorted by Ref
	Gone     []Ref     // sorted
	Problems []Problem // everything that is wrong now, sorted by place
}

// Problem is something that could not be read, or is served otherwise than its author may
// think, as with a field that its type does not have. If the object was good before, that
// one goes on being served. No value of a Secret is in a Message.
type Problem struct {
	Origin  ledger.Origin
	Kept    []Ref // objects that are served as they were before; sorted
	Message string
}
