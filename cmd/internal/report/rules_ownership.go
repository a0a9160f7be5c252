package report

// ownershipRules are those about who owns which paths.
func ownershipRules() []Rule {
	return []Rule{
		{"canary-crosses-namespace", "A path belongs to one namespace, and a canary sends a part of its requests to a Service of another one. " +
			"A team's HTTPProxy reaches Services of its own namespace only. Move the Service, or take the canary away."},
		{"condition-repeated", "Many patterns of a host in regex mode are claimed one by one. The include of their team names them all in one condition, and Contour repeats it for each route, so that Envoy's configuration grows with their square. " +
			"Claim / of the host for the team in the plan, or give parts of the patterns to teams of other names."},
		{"host-shared", "The paths of the host are served from several namespaces. That is what a fanout is for. Look the claims of the host over in the ownership plan."},
		{"no-namespace", "The object's manifest gives no namespace, and neither -n nor a kustomization does. Its paths go to the team \"unassigned\". Give the namespace with -n, or in the manifest."},
		{"paths-interleave", "A team's path lies inside the path of another team. That works: the narrowest claim wins. A longer path or a regex of the outer team could take requests from the inner one."},
		{"roles-share-namespace", "The plan puts objects of two roles into one namespace: roots beside fanouts, or a team's objects beside either. RBAC works by namespace: who may write there writes for both roles. " +
			"Give root, fanout and every team a namespace of its own (--root-namespace, --fanout-namespace, or in the plan)."},
		{"service-shared", "Several teams send requests to one Service. That is fine if it is meant. Else give each team a Service of its own, or make them one team in the plan."},
		{"teams-share-namespace", "Labels name several teams in one namespace. RBAC works by namespace and can not part them. Give each a namespace of its own, or make them one team in the plan."},
		{"unowned-path", "A path leads to a Service, and no claim of the ownership plan covers it. Give it to a team in the plan."},
		{"whole-host", "More than 200 patterns of a host in regex mode lead to one namespace, and no path elsewhere: the plan gives the whole host to its team, since a claim for each would be a condition that Envoy keeps with each route. " +
			"Claim the patterns one by one in the plan if others are to have paths there; the finding condition-repeated tells what that costs."},
	}
}
