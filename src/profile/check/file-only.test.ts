import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { fieldPath } from '../../problems/problem.ts'
import { accepted, clusterProfile } from '../profile.fixture.ts'
import { givesNothing } from './file-only.ts'

const whole =
  'is an expression for a whole list or object: this works in a file, and is refused as a custom resource'

describe('what a custom resource cannot have', () => {
  const found = (spec: JsonObject) =>
    accepted(clusterProfile(spec))
      .advice.filter(({ message }) => message === whole)
      .map(({ path }) => fieldPath(path))
  const container = (own: JsonObject): JsonObject => ({ containers: [{ name: 'a', image: 'a:1', ...own }] })

  it.each<{ what: string; spec: JsonObject; at: string[] }>([
    {
      what: 'an expression for a list',
      spec: container({ env: '$([])' }),
      at: ['spec.containers[0].env'],
    },
    {
      what: 'an expression for an object',
      spec: container({ securityContext: '$({})' }),
      at: ['spec.containers[0].securityContext'],
    },
    {
      what: 'both, of an app container and a Pod',
      spec: { pod: { dnsConfig: { options: '$([])' } }, volumes: [{ name: 'a', emptyDir: '$({})' }] },
      at: ['spec.volumes[0].emptyDir', 'spec.pod.dnsConfig.options'],
    },
    {
      what: 'no expression for a text or a number',
      spec: container({
        args: ['$(app.name)'],
        ports: [{ containerPort: '$(80)' }],
        readinessProbe: { tcpSocket: { port: '$(80)' } },
      }),
      at: [],
    },
    {
      what: 'no expression in a map of texts',
      spec: { pod: { labels: { a: '$(app.name)' } } },
      at: [],
    },
  ])('is $what', ({ spec, at }) => {
    expect(found(spec).toSorted()).toEqual(at.toSorted())
  })
})

describe('a profile that changes nothing', () => {
  const one = { name: 'a', image: 'a:1' }
  it.each<{ what: string; spec: JsonObject; gives: boolean }>([
    { what: 'nothing', spec: {}, gives: false },
    { what: 'changes without an item', spec: { appContainers: [{ select: 'all', env: [] }] }, gives: false },
    { what: 'a volume', spec: { volumes: [{ name: 'a', emptyDir: {} }] }, gives: true },
    { what: 'an init container', spec: { initContainers: [one] }, gives: true },
    { what: 'a sidecar', spec: { containers: [one] }, gives: true },
    { what: 'a Pod field', spec: { pod: { labels: { a: 'b' } } }, gives: true },
    {
      what: 'a variable for one of the app containers',
      spec: { appContainers: [{ select: 'all' }, { select: 'all', env: [{ name: 'A', value: 'b' }] }] },
      gives: true,
    },
    {
      what: 'a source of variables',
      spec: { appContainers: [{ select: 'all', envFrom: [{ secretRef: { name: 'a' } }] }] },
      gives: true,
    },
    {
      what: 'a mount, and the volume',
      spec: {
        volumes: [{ name: 'a', emptyDir: {} }],
        appContainers: [{ select: 'all', volumeMounts: [{ name: 'a', mountPath: '/a' }] }],
      },
      gives: true,
    },
  ])('is one with $what: it gives something: $gives', ({ spec, gives }) => {
    const message =
      'adds nothing to a Pod: it has no container, volume, change to an app container or Pod field'
    expect(givesNothing(accepted(clusterProfile(spec)))).toEqual(
      gives ? undefined : { path: ['spec'], message },
    )
  })
})
