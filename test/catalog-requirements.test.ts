import { describe, expect, it } from 'vitest'
import { apply } from '../src/engine/decide.fixture.ts'
import type { Pod, Strings } from '../src/engine/pod.ts'
import type { JsonObject } from '../src/json/json.ts'
import { askingFor, catalog, decideByCatalog } from './catalog-asking.ts'

function podAsking(name: string, set: Strings = {}, app: JsonObject = {}, spec: JsonObject = {}): Pod {
  const profile = catalog.find(name, 'default')
  if (!profile) throw new Error(`there is no profile ${name}`)
  const parameters = Object.fromEntries(
    Object.entries(set).map(([key, value]) => [
      key.includes('/') ? key : `pillion.dev/${name}.${key}`,
      value,
    ]),
  )
  return {
    metadata: { name: 'app', annotations: { ...askingFor(profile), ...parameters } },
    spec: { containers: [{ name: 'app', image: 'app:1', ...app }], ...spec },
  }
}

describe('What a sidecar cannot work with is refused with a sentence', () => {
  it.each([
    { name: 'logging', set: { path: '/var/lib/otelcol' }, says: 'let the app write to another directory' },
    {
      name: 'log-adapter',
      set: { path: '/var/lib/otelcol' },
      says: 'let the app write to another directory',
    },
    { name: 'telemetry', set: { httpPort: '4321', grpcPort: '4321' }, says: 'three different ports' },
    { name: 'telemetry', set: { grpcPort: '13133' }, says: 'three different ports' },
    { name: 'statsd', set: { port: '9102' }, says: 'two different ports' },
    { name: 'metrics-redis', set: { port: '6379' }, says: "appPort, which is the app's own" },
    { name: 'metrics-nginx', set: { port: '8080' }, says: "appPort, which is the app's own" },
    { name: 'work-dir', set: { copy: 'true', path: '/work-dir-copy' }, says: 'choose another path' },
    { name: 'statsd', set: { mapping: 'm'.repeat(254) }, says: 'more than the 253 characters' },
    { name: 'init-config', set: { secret: 's'.repeat(254) }, says: 'more than the 253 characters' },
  ])('$name with $set', ({ name, set, says }) => {
    const { outcome, message, patch } = decideByCatalog(podAsking(name, set as unknown as Strings))
    expect({ outcome, patch }).toEqual({ outcome: 'denied', patch: [] })
    expect(message).toContain(says)
  })

  it.each([
    { name: 'work-dir', set: { path: '/work-dir-copy' } },
    { name: 'statsd', set: { mapping: 'm'.repeat(253) } },
    { name: 'logging', set: { path: '/var/lib/otelcol2' } },
  ])('$name takes $set', ({ name, set }) => {
    expect(decideByCatalog(podAsking(name, set as unknown as Strings)).outcome).toBe('injected')
  })

  it.each(['metrics-nginx', 'metrics-redis'])('%s is left out of a Pod with hostNetwork', name => {
    expect(decideByCatalog(podAsking(name, {}, {}, { hostNetwork: true }))).toMatchObject({
      outcome: 'skipped',
      reason: 'RequirementNotMet',
    })
  })
})

describe.each([
  { name: 'statsd', port: 9102 },
  { name: 'metrics-nginx', port: 9113 },
  { name: 'metrics-redis', port: 9121 },
])('$name is injected as a whole or not at all', ({ name, port }) => {
  it('not at all where the app has its port', () => {
    const { outcome, reason, patch, warnings } = decideByCatalog(
      podAsking(name, {}, { ports: [{ containerPort: port }] }),
    )
    expect({ outcome, reason, patch }).toEqual({ outcome: 'skipped', reason: 'Conflict', patch: [] })
    expect(warnings).toEqual([
      `profile ${name} is skipped: port ${port}/TCP of container "${name}" is in use by container "app" of the Pod`,
    ])
  })

  it.each([
    { own: {}, gets: ['scrape', 'port', 'path'], warns: 0 },
    { own: { 'prometheus.io/scrape': 'true' }, gets: [], warns: 0 },
    { own: { 'prometheus.io/path': '/m' }, gets: [], warns: 0 },
    { own: { 'prometheus.io/scrape': 'false', 'prometheus.io/port': '80' }, gets: [], warns: 1 },
    { own: { 'prometheus.io/port': '80' }, gets: [], warns: 1 },
  ])(
    'with annotations for Prometheus that are all its own or all the author’s: $own',
    ({ own, gets, warns }) => {
      const pod = podAsking(name, own as Strings)
      const { outcome, patch, warnings } = decideByCatalog(pod)
      expect(outcome).toBe('injected')
      expect(warnings).toHaveLength(warns)
      const after = apply(pod, patch)
      const added = Object.keys(after.metadata?.annotations ?? {})
        .filter(key => key.startsWith('prometheus.io/') && !Object.hasOwn(own, key))
        .map(key => key.slice('prometheus.io/'.length))
      expect(added.sort()).toEqual(gets.sort())
      expect(decideByCatalog(after)).toMatchObject({ outcome: 'unchanged', patch: [] })
    },
  )
})
