package catalog

// dashboardGroups describe an Ingress to something that lists or watches Ingresses.
var dashboardGroups = []group{
	{
		CrossRule{Family: Dashboards, Reason: "describes the Ingress to a dashboard that reads it from Ingress objects: enter the site there anew"},
		[]string{"forecastle.stakater.com/*", "gethomepage.dev/*", "hajimari.io/*"},
	},
	{
		CrossRule{Family: Dashboards, Reason: "has an uptime check made for the Ingress: make one for the site in the monitor itself"},
		[]string{"monitor.stakater.com/*", "uptimerobot.monitor.stakater.com/*", "uptime.monitor.stakater.com/*"},
	},
	{
		CrossRule{Family: Dashboards, Reason: "has Prometheus probe the Ingress: add the site to the probe's targets"},
		[]string{"prometheus.io/*"},
	},
	{
		CrossRule{Family: Dashboards, Reason: "is a link that Argo CD shows beside this object; one Ingress becomes several objects"},
		[]string{"link.argocd.argoproj.io/*"},
	},
}

// kubernetesGroups are keys of the API, of kubectl and of controllers for other kinds.
var kubernetesGroups = []group{
	{
		CrossRule{Family: Kubernetes, Secret: true, Reason: "is kubectl's copy of the object as last applied; the new objects get their own"},
		[]string{"kubectl.kubernetes.io/last-applied-configuration"},
	},
	{
		CrossRule{Family: Kubernetes, Reason: "is kubectl's note on this object"},
		[]string{"kubectl.kubernetes.io/*", "kubernetes.io/change-cause", "kubernetes.io/description"},
	},
	{
		CrossRule{Family: Kubernetes, Reason: "marks an IngressClass as the default; class selection reads it there, and nothing reads it on an Ingress"},
		[]string{"ingressclass.kubernetes.io/is-default-class"},
	},
	{
		CrossRule{Family: Kubernetes, Reason: "says what app the Ingress is part of; what we write has labels of its own"},
		[]string{"app.kubernetes.io/*"},
	},
	{
		CrossRule{Family: Kubernetes, Reason: "restarts workloads when their ConfigMap or Secret changes, and does nothing on an Ingress"},
		[]string{"reloader.stakater.com/*", "configmap.reloader.stakater.com/*", "secret.reloader.stakater.com/*"},
	},
	{
		CrossRule{Family: Kubernetes, Reason: "copies Secrets and ConfigMaps between namespaces, and does nothing on an Ingress"},
		[]string{"replicator.v1.mittwald.de/*"},
	},
	{
		CrossRule{Family: Kubernetes, Reason: "is about DNS records of Services and nodes, and does nothing on an Ingress"},
		[]string{"dns.alpha.kubernetes.io/*"},
	},
	{
		CrossRule{Family: Kubernetes, Disposition: Stop, Reason: "has the Ingress deleted after a time; what we write would stay"},
		[]string{"janitor/ttl", "janitor/expires"},
	},
}
