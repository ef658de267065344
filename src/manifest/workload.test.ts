import { describe, expect, it } from 'vitest'
import type { Json } from '../json/json.ts'
import { workloadsIn } from './workload.ts'

const pod = { spec: { containers: [{ name: 'app', image: 'x' }] } }

describe('workloadsIn', () => {
  it.each([
    { apiVersion: 'v1', kind: 'ReplicationController', spec: { template: pod } },
    { apiVersion: 'apps/v1', kind: 'Deployment', spec: { template: pod } },
    { apiVersion: 'apps/v1', kind: 'StatefulSet', spec: { template: pod } },
    { apiVersion: 'apps/v1', kind: 'DaemonSet', spec: { template: pod } },
    { apiVersion: 'apps/v1', kind: 'ReplicaSet', spec: { template: pod } },
    { apiVersion: 'batch/v1', kind: 'Job', spec: { template: pod } },
    { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', spec: { template: pod } },
  ])('finds the pod template of a $kind', object => {
    const web = { ...object, metadata: { name: 'web', namespace: 'shop' } }
    expect(workloadsIn(web)).toEqual([
      {
        kind: web.kind,
        name: 'web',
        namespace: 'shop',
        path: ['spec', 'template'],
        object: web,
        templatePath: ['spec', 'template'],
        pod,
        template: pod,
      },
    ])
  })

  it('finds that of a CronJob, two levels down', () => {
    const object = {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      spec: { jobTemplate: { spec: { template: pod } } },
    }
    expect(workloadsIn(object)).toMatchObject([{ path: ['spec', 'jobTemplate', 'spec', 'template'], pod }])
  })

  it.each([
    { kind: 'PodTemplate', apiVersion: 'v1', path: ['template'] },
    { kind: 'Service', apiVersion: 'serving.knative.dev/v1', path: ['spec', 'template'] },
    { kind: 'ScaledJob', apiVersion: 'keda.sh/v1alpha1', path: ['spec', 'jobTargetRef', 'template'] },
    { kind: 'CloneSet', apiVersion: 'apps.kruise.io/v1alpha1', path: ['spec', 'template'] },
    {
      kind: 'JobSet',
      apiVersion: 'jobset.x-k8s.io/v1alpha2',
      path: ['spec', 'replicatedJobs', 1, 'template', 'spec', 'template'],
    },
  ])('finds the pod template of a $kind by its shape, wherever it is', ({ kind, apiVersion, path }) => {
    const object = path.reduceRight<Json>(
      (inner, step) => (typeof step === 'number' ? [{ replicas: 1 }, inner] : { [step]: inner }),
      pod,
    )
    expect(workloadsIn({ apiVersion, kind, ...(object as object) })).toMatchObject([{ kind, path, pod }])
  })

  it('finds several in one object, in the order of the text', () => {
    const spec = { driver: { template: pod }, executor: { template: pod } }
    expect(
      workloadsIn({ apiVersion: 'sparkoperator.k8s.io/v1beta2', kind: 'SparkApplication', spec }),
    ).toMatchObject([{ path: ['spec', 'driver', 'template'] }, { path: ['spec', 'executor', 'template'] }])
  })

  it.each([
    {
      kind: 'ClusterSidecarProfile',
      apiVersion: 'pillion.dev/v1alpha1',
      spec: { containers: [{ name: 'a' }] },
    },
    { kind: 'Prometheus', apiVersion: 'monitoring.coreos.com/v1', spec: { containers: [{ name: 'a' }] } },
    { kind: 'Workflow', apiVersion: 'argoproj.io/v1alpha1', spec: { templates: [{ container: {} }] } },
  ])('ignores containers that are not in a Pod template: $kind', object => {
    expect(workloadsIn(object)).toEqual([])
  })

  it('names the only container of Knative as Knative does', () => {
    const template = { spec: { containers: [{ image: 'x' }] } }
    const object = { apiVersion: 'serving.knative.dev/v1', kind: 'Service', spec: { template } }
    const named = { spec: { containers: [{ name: 'user-container', image: 'x' }] } }
    expect(workloadsIn(object)).toMatchObject([{ pod: named, template: named }])
  })

  it('limits the depth and the number of values', () => {
    const nested = (levels: number): Json => (levels === 0 ? pod : { a: nested(levels - 1) })
    const found = (spec: Json) => workloadsIn({ apiVersion: 'x/v1', kind: 'X', spec }).length
    expect([found(nested(11)), found(nested(12))]).toEqual([1, 0])
    expect(found([...Array.from({ length: 200_000 }, () => 1), pod])).toBe(0)
  })

  it('takes a Pod as it is', () => {
    const object = { apiVersion: 'v1', kind: 'Pod', metadata: { generateName: 'web-' }, ...pod }
    expect(workloadsIn(object)).toEqual([
      { kind: 'Pod', name: 'web-', path: [], object, templatePath: [], pod: object, template: object },
    ])
  })

  it('looks into Lists, also into Lists of Lists', () => {
    const list = (...items: Json[]) => ({ apiVersion: 'v1', kind: 'List', items })
    const object = list(
      { apiVersion: 'v1', kind: 'Service' },
      list({ apiVersion: 'v1', kind: 'Pod', ...pod }),
    )
    expect(workloadsIn(object)).toMatchObject([{ kind: 'Pod', path: ['items', 1, 'items', 0] }])
  })

  it('makes the name of a template from that of its owner', () => {
    const template = { ...pod, metadata: { labels: { app: 'web' } } }
    const object = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: { template },
    }
    expect(workloadsIn(object)).toMatchObject([
      { pod: { metadata: { generateName: 'web-', labels: { app: 'web' } } }, template },
    ])
  })

  it('reads a key with nothing behind it as no field', () => {
    const object = { apiVersion: 'v1', kind: 'Pod', metadata: { annotations: null }, spec: { volumes: null } }
    expect(workloadsIn(object)).toMatchObject([{ pod: { metadata: {}, spec: {} } }])
    const [workload] = workloadsIn(object)
    expect(JSON.stringify([workload?.pod, workload?.template])).not.toContain('null')
  })

  it.each<{ what: string; object: Json }>([
    { what: 'an empty document', object: null },
    { what: 'a list', object: [pod] },
    { what: 'values of a chart', object: { spec: { template: pod } } },
    { what: 'another kind', object: { apiVersion: 'v1', kind: 'Service', spec: {} } },
    {
      what: 'a template of something else',
      object: { apiVersion: 'x/v1', kind: 'Claim', spec: { template: { spec: {} } } },
    },
    {
      what: 'a part of a Deployment',
      object: { apiVersion: 'apps/v1', kind: 'Deployment', spec: { replicas: 2 } },
    },
    { what: 'a List without items', object: { apiVersion: 'v1', kind: 'List', items: null } },
  ])('passes by $what', ({ object }) => {
    expect(workloadsIn(object)).toEqual([])
  })
})
