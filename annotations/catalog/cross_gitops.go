package catalog

// gitOpsGroups: tracking ids say "this object is mine" to the tool that wrote it. One
// Ingress becomes several objects, for which the id would be wrong; the tool sets its own.
var gitOpsGroups = []group{
	{
		CrossRule{Family: GitOps, Disposition: Stop, Reason: "makes the Ingress a hook, which is there only around a sync: objects made of it would always be there"},
		[]string{"argocd.argoproj.io/hook"},
	},
	{
		CrossRule{Family: GitOps, Reason: "orders this object among others of its sync; one Ingress becomes several objects, in namespaces that other syncs may own"},
		[]string{"argocd.argoproj.io/sync-wave"},
	},
	{
		CrossRule{Family: GitOps, Reason: "tells how this one object is synced or compared; say it anew where the new objects need it (Prune=false, for example)"},
		[]string{"argocd.argoproj.io/sync-options", "argocd.argoproj.io/compare-options"},
	},
	{
		CrossRule{Family: GitOps, Reason: "has a meaning only beside the hook annotation"},
		[]string{"argocd.argoproj.io/hook-delete-policy", "helm.sh/hook-weight", "helm.sh/hook-delete-policy", "helm.sh/hook-output-log-policy"},
	},
	{
		CrossRule{Family: GitOps, Reason: "is Argo CD's mark on this object; it sets its own on the new ones"},
		[]string{"argocd.argoproj.io/*", "notifications.argoproj.io/*"},
	},
	{
		CrossRule{Family: GitOps, Disposition: Stop, Reason: "makes the Ingress a hook, which is there only around an install or upgrade: objects made of it would always be there"},
		[]string{"helm.sh/hook"},
	},
	{
		CrossRule{Family: GitOps, Reason: "keeps this object when its release is uninstalled; say it anew if a chart is to own the new objects"},
		[]string{"helm.sh/resource-policy"},
	},
	{
		CrossRule{Family: GitOps, Reason: "is Helm's mark of the release that owns this object; on ours it would be false"},
		[]string{"meta.helm.sh/*", "helm.sh/*"},
	},
	{
		CrossRule{Family: GitOps, Reason: "is Flux's mark or order for this one object; say it anew where the new objects need it (prune: disabled, for example)"},
		[]string{"kustomize.toolkit.fluxcd.io/*", "helm.toolkit.fluxcd.io/*", "fluxcd.io/*"},
	},
	{
		CrossRule{Family: GitOps, Secret: true, Reason: "is a tool's copy of the whole object as it applied it"},
		[]string{"objectset.rio.cattle.io/*", "kapp.k14s.io/*"},
	},
	{
		CrossRule{Family: GitOps, Reason: "is Rancher's mark on this object, or a status that it wrote"},
		[]string{"field.cattle.io/*", "lifecycle.cattle.io/*", "cattle.io/*", "management.cattle.io/*", "fleet.cattle.io/*"},
	},
	{
		CrossRule{Family: GitOps, Disposition: Stop, Reason: "keeps the Ingress out of the cluster: it is there for local tools only, and objects made of it would be live"},
		[]string{"config.kubernetes.io/local-config"},
	},
	{
		CrossRule{Family: GitOps, Reason: "is a note of Kustomize or kpt to itself on where this object came from"},
		[]string{
			"config.kubernetes.io/*", "internal.config.kubernetes.io/*", "config.k8s.io/*",
			"kustomize.config.k8s.io/*", "internal.kpt.dev/*",
		},
	},
}
