package manifest

import (
	"strings"
)

// The readers of what is read along. They refuse wrong types in the fields that they
// read, and leave every other field alone.

const maxConfigMap = 1 << 20 // bytes of data that are kept of a ConfigMap

// top reads metadata and hands out the other members.
func (o *object) top(root value, f func(key string, v value)) metadata {
	var m metadata
	has := false
	o.each(root, func(key string, v value) bool {
		if key == "metadata" {
			m, has = o.metadata(v), true
		} else {
			f(key, v)
		}
		return true
	})
	if !has {
		o.checkNames(root, m)
	}
	return m
}

func readService(o *object, root value) any {
	s := &Service{Origin: o.origin}
	m := o.top(root, func(key string, v value) {
		if key == "spec" {
			o.serviceSpec(v, s)
		}
	})
	s.Name, s.Labels, s.Annotations = m.name, m.labels, m.annotations
	return s
}

func (o *object) serviceSpec(v value, s *Service) {
	o.each(v, func(key string, v value) bool {
		switch key {
		case "type":
			s.Type = o.text(v)
		case "clusterIP":
			s.ClusterIP = o.text(v)
		case "externalName":
			s.ExternalName = o.text(v)
		case "ports":
			o.items(v, func(_ int, v value) { s.Ports = append(s.Ports, o.portOfService(v)) })
		}
		return true
	})
}

func (o *object) portOfService(v value) ServicePort {
	var p ServicePort
	o.each(v, func(key string, v value) bool {
		switch key {
		case "name":
			p.Name = o.text(v)
		case "port":
			p.Port = o.port(v)
		case "protocol":
			p.Protocol = o.text(v)
		case "appProtocol":
			p.AppProtocol = o.text(v)
		case "targetPort":
			p.TargetPort = o.portOrName(v)
		}
		return true
	})
	if p.Port == 0 && len(o.problems) == 0 {
		o.invalid(v.line, "a port without a number", "add port")
	}
	return p
}

// portOrName reads a target port as text.
func (o *object) portOrName(v value) string {
	if typeOf(v.node) == "string" {
		return o.text(v)
	}
	if o.port(v) == 0 {
		return ""
	}
	return v.node.Value
}

func readClass(o *object, root value) any {
	c := &IngressClass{Origin: o.origin}
	m := o.top(root, func(key string, v value) {
		if key != "spec" {
			return
		}
		o.each(v, func(key string, v value) bool {
			if key == "controller" {
				c.Controller = o.text(v)
			}
			return true
		})
	})
	c.Name = m.name
	for _, a := range m.annotations {
		c.Default = c.Default || a.Key == "ingressclass.kubernetes.io/is-default-class" && a.Value == "true"
	}
	return c
}

func readNamespace(o *object, root value) any {
	m := o.top(root, func(string, value) {})
	return &Namespace{Origin: o.origin, Name: m.name, Labels: m.labels}
}

func readConfigMap(o *object, root value) any {
	c := &ConfigMap{Origin: o.origin}
	m := o.top(root, func(key string, v value) {
		if key == "data" {
			c.Data = o.data(v)
		}
	})
	c.Name = m.name
	size := 0
	for key, text := range c.Data {
		size += len(key) + len(text)
	}
	if size > maxConfigMap {
		o.invalid(root.line, "the ConfigMap has more than 1 MiB of data", "shorten it: the API server refuses the object, too")
	}
	return c
}

// data reads a mapping of strings.
func (o *object) data(v value) map[string]string {
	data := map[string]string{}
	o.each(v, func(key string, v value) bool {
		data[key] = strings.Clone(o.text(v))
		return true
	})
	return data
}
