package report

import (
	"slices"
	"strings"
)

// Rule explains what a finding's rule id means.
type Rule struct {
	ID   string
	Text string // what is so, why it matters, what to do
}

// Rules are the explanations of all rules that findings name, sorted by id.
func Rules() []Rule {
	all := slices.Concat(conversionRules(), ownershipRules(), relayRules(), clusterRules(), policyRules(), borderRules(), runtimeRules())
	slices.SortFunc(all, func(a, b Rule) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// conversionRules are those of the conversion.
func conversionRules() []Rule {
	return []Rule{
		{"allow-unused", "An --allow lets nothing through: nothing is blocked for its key where it holds, another --allow does it already, or key or host are misspelt. Mend it, or take it away."},
		{"annotation-malformed", "The controller refuses the annotation's value. The finding says what it does instead: mostly it goes on with its default, as if the annotation were not there. The conversion does the same. " +
			"Mend the value, or take the annotation away."},
		{"annotation-misspelt", "No controller reads this key, and it resembles one that is read, or begins as the keys of ingress-nginx do. It has no effect today, and none after the conversion. Mend the key, or take the annotation away."},
		{"approximated", "The route is carried over with a named difference that admits no more than before, such as another status of a redirect. " +
			"The finding says which requests see it. Check that nobody depends on the difference."},
		{"blocks-updates", "nginx refuses the configuration that the controller makes of this Ingress, so that the controller keeps its old one: no change of any Ingress takes effect until this is mended. " +
			"Remove what the finding names before you compare anything with the running controller."},
		{"certificate-option", "An annotation wishes something of the certificate for which cert-manager's Certificate has no field that we write, or its value is no number where one is due. " +
			"Set it on the issuer, or on the Certificate by hand."},
		{"dns-cutover", "DNS moves a host as a whole, and external-dns may move it as soon as the root object is there. " +
			"Apply teams, fanout and root in this order, compare both sides, move the name to Envoy, and remove the Ingresses last."},
		{"document-order", "Two Ingresses have the same host and path. In a cluster the older one is served; manifests hold no creationTimestamp, so the one that stands first in the input is taken for it. " +
			"Look up which of the two is older, or read the live cluster."},
		{"duplicate-key", "A mapping holds the same key twice. YAML forbids it and the API server refuses it, so the object is not read. Remove one of the two."},
		{"duplicate-object", "The same object stands in the input more than once, or once with and once without a namespace. " +
			"Of two that differ the later one counts, as with kubectl apply. Keep one of them, or give the namespace with -n."},
		{"external-name", "A path leads to a Service of type ExternalName. Contour answers 503 for such Services unless its configuration says enableExternalNameService. " +
			"Set that, or use a Service with EndpointSlices."},
		{"guards-more", "An annotation's value makes nginx keep nobody out where the annotation looks as if it did. Served Ingresses keep them out. " +
			"Mend it, or take it away if all may come in."},
		{"guards-nothing", "An annotation looks as if it kept somebody out, and ingress-nginx lets every request in, because another annotation is missing or a value is wrong. " +
			"Served Ingresses are as open as they are there. Mend it, or take it away if all may come in."},
		{"host-closed", "The host is withheld, and a wildcard host above it is converted. Envoy would answer the host's requests with the wildcard's routes, so the host gets a root that answers 503 to everything. " +
			"Leave the DNS name of the host on the old controller until it is converted itself."},
		{"host-withheld", "Nothing is written for the host, because it would not answer as before and no named difference explains it, or because what must be blocked has no form of its own. " +
			"What an earlier run wrote for it into an output directory stays, so that a mistake takes no site down. Mend what the finding names, or keep the host's Ingresses. Hosts that share its fanout are withheld with it."},
		{"host-without-form", "HTTPProxy has no form for such a host: one without a name, or one given by a regular expression. " +
			"Nothing is written for it. Name the hosts one by one, or keep the Ingress."},
		{"ingress-denied", "An annotation's value makes ingress-nginx answer 503 on every path of the Ingress. The conversion keeps that. Mend the annotation if the paths should be served."},
		{"ingress-dropped", "An annotation's value makes ingress-nginx leave the whole Ingress out, so that it serves nothing today. Mend the annotation, or remove the Ingress."},
		{"invalid-object", "The object breaks the schema of its API version: a wrong type, a field of another version, an impossible name. " +
			"The API server would refuse it, so it is not read; everything else is. The finding names line and field."},
		{"issuer-default", "The certificate is kept by cert-manager's default issuer for this Ingress only, and we do not know its name. Write a Certificate for the Secret before the Ingress goes, or it is not renewed."},
		{"issuer-namespaced", "The certificate comes from an Issuer, which works in its own namespace only. The Secret stays there and is delegated to the root's namespace. " +
			"Take the owner reference to the Ingress from the Certificate before the Ingress goes, or use a ClusterIssuer."},
		{"merging-ingress", "Contour reads this Ingress too, since it has Contour's class or none, and merges its paths into the converted host. " +
			"Give it the class of the controller that shall serve it, before the cutover."},
		{"missing-path-type", "A path of a v1 Ingress has no pathType. The API server wants one; it is read as ImplementationSpecific. Write it down."},
		{"not-in-input", "An Ingress refers to an object that the input does not hold. From files, not seen is not missing: it is assumed to exist and to be valid. " +
			"Add its manifest, or say --complete-input if it does not exist."},
		{"not-proved", "The proof over all requests was given up for this host: a bound was met (--proof-states, --proof-steps, --proof-cases), or something of it is not followed, " +
			"such as a rewrite with captures in the middle. Sampled requests at and around every path were asked instead, and show nothing that is not named. " +
			"Compare the paths that matter with resolve, or give larger bounds."},
		{"placeholder", "The document holds a ${VARIABLE} where a name should be. Substitute the variables first (envsubst, flux build) and pipe the result in with -f -."},
		{"rate-limit-service", "Routes ask a rate limit service about each client. Contour takes such limits for nothing unless its configuration names that service, and with failOpen a service that is down limits nobody. " +
			"Set what the finding names before the routes are applied, and send requests until one is refused with 429."},
		{"route-blocked", "Something guards the route and is not carried over: authentication, an access list, a snippet that nobody can read. Leaving it out would let requests in that are refused today, " +
			"so the route answers 503 on exactly its match. Solve it on the new side, then say --allow KEY@HOST=REASON."},
		{"setting-untranslated", "The controller's ConfigMap sets something that is not carried over and that acts on all hosts. Compare it with the configuration of the new data plane."},
		{"setting-unknown", "The controller's ConfigMap holds a key that the controller does not read, so that it does nothing. It is a typing mistake, an annotation's name, or a key of another version. Mend the key, or take it away."},
		{"skipped-file", "A file or a link of a directory was passed over: a loop, a file named twice, a kustomization that can not be read. The finding says why."},
		{"snippets-unknown", "The Ingress holds a snippet. At the controller's defaults such an Ingress is left out, but its ConfigMap may say otherwise, and it is not in the input. " +
			"Give it with --controller-config, so that the Ingress is read as the controller reads it."},
		{"template", "The document is a template ({{ }}), no manifest. Render it first (helm template, kustomize build) and pipe the result in with -f -."},
		{"unknown-field", "The object has a field that its API version does not know. The API server drops it or refuses the object. Look for a typing mistake, or for a field of another version."},
		{"unreadable", "A file or document can not be read: it is no YAML, it is too long, permissions forbid it. It costs only itself; everything else is converted, and the exit code is 3."},
		{"untranslated", "An annotation changes answers, and nothing in HTTPProxy carries that over. It guards nothing, so the route is served without it. Do what the reason says, in Contour's configuration or in the application, or decide that it may go."},
		{"webhook-refuses", "The controller's admission webhook refuses this Ingress when somebody creates or changes it. One that was there before the webhook, or before its rules, is mostly served all the same; the finding says whether. " +
			"Mend it before you change anything else in it."},
		{"webhook-warns", "The controller's admission webhook takes this Ingress and warns of it. Nothing is refused; look whether it is what you meant."},
	}
}

// Words are the words in which results are told, each with its explanation.
func Words() []Rule {
	return []Rule{
		{"exact", "An outcome: carried over in full, equal modulo the platform profile (explain platform/contour)."},
		{"approximated", "An outcome: carried over with a named difference, which never admits more than before."},
		{"untranslated", "An outcome: it changes an answer, and nothing carries that over. It is a finding, and never counts as clean."},
		{"blocked", "An outcome: leaving it out would be less strict, so the route answers 503 on exactly its match. --allow KEY[@HOST]=REASON lets a key go, on record."},
		{"withheld", "A host for which nothing is written: it has no form in HTTPProxy, or sampled requests showed a difference that nothing explains (exit code 4)."},
		{"clean", "A host all of whose routes came out exact."},
		{"understood", "A fate: the entry has a meaning, which the target must carry. Its outcome says whether it did."},
		{"ignored", "A fate: the controller does not let the entry change an answer."},
		{"malformed", "A fate: the value is invalid. The reason says what the controller does instead."},
		{"unknown", "A fate: no controller reads the key. The reason names the nearest real one."},
	}
}
