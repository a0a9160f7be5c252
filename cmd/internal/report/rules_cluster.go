package report

// clusterRules are those of reading a cluster.
func clusterRules() []Rule {
	return []Rule{
		{"missing-right", "The cluster does not let you read something that the conversion looks at. What may not be read counts as not seen, as in files, and the finding says what follows. " +
			"It names the rule that would grant the right; docs/cluster.md has a role with all of them."},
		{"part-of-cluster", "A namespace (-n) or labels (-l) selected the Ingresses, and ingress-nginx merges the Ingresses of all namespaces by host. What other Ingresses say of the same hosts was not read, and the proof knows nothing of it. " +
			"Read the whole cluster with -A before you move a host."},
	}
}
