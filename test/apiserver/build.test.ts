import { expect, it } from 'vitest'
import { moduleText } from './build.ts'

it('makes the go.mod of the API server from that of Kubernetes, whose parts are folders of its repository', () => {
  const kubernetes = `// This is a generated file.
module k8s.io/kubernetes

go 1.26.0

godebug default=go1.26

require (
	go.etcd.io/etcd/client/v3 v3.6.8
	k8s.io/api v0.0.0
	k8s.io/klog/v2 v2.140.0
)

require go.etcd.io/etcd/server/v3 v3.6.8 // indirect

replace k8s.io/api => ./staging/src/k8s.io/api
`
  expect(moduleText(kubernetes, 'v1.37.2')).toBe(`module pillion.dev/test/apiserver
go 1.26.0
require k8s.io/kubernetes v1.37.2
require go.etcd.io/etcd/client/v3 v3.6.8
replace k8s.io/api => k8s.io/api v0.37.2
require k8s.io/klog/v2 v2.140.0
require go.etcd.io/etcd/server/v3 v3.6.8
require go.etcd.io/etcd/server/v3 v3.5.10
`)
})
