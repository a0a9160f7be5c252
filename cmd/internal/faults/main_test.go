// Package faults_test has the whole program serve real files over real connections while
// something goes wrong: upstreams, files, certificates, objects. Meanwhile visitors load what
// the fault must not touch, and what it touches, and judge each answer.
package faults_test

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
