import fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import { apply } from '../../src/engine/decide.fixture.ts'
import type { Pod, Strings } from '../../src/engine/pod.ts'
import type { Profile } from '../../src/profile/profile.ts'
import { askingFor, catalog, decideByCatalog } from '../catalog-asking.ts'
import { kubernetesVersion } from './from.ts'
import { describeWithApiServer } from './suite.ts'

/** At the edges of the API server's rules: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
const edges = [
  ...[
    '',
    '.',
    '..',
    '...',
    '..a',
    '.a',
    'a.',
    '-a',
    'a-',
    'a..b',
    'a.-b',
    'b-.c',
    'a_b',
    'A',
    'a/b',
    '/',
    '//',
    '/a/',
    '/./a',
  ],
  ...['0', '1.2.3.4', '::1', 'a:b', '@', 'a@', ' a', 'a ', 'é', '\u00a0', '/a b', '/..a', '/...', '/a/..b'],
  ...[63, 64, 128, 252, 253, 254, 300, 4_096].flatMap(length => [
    'a'.repeat(length),
    `/${'b'.repeat(length)}`,
  ]),
  ...[
    '/var/lib/otelcol',
    '/run/envoy',
    '/etc/ambassador',
    '/etc/statsd-exporter',
    '/source',
    '/state',
    '/target',
  ],
  ...['/template', '/work-dir-copy', '/work-dir', '/var/lib', '/etc', '/tmp', '/dev', '/proc'],
  '/var/run/secrets/kubernetes.io/serviceaccount',
]

const profiles = catalog.all.map(profile => ({ name: profile.name, profile }))

describeWithApiServer('What the catalog accepts as a value, the API server accepts in the Pod', server => {
  beforeAll(() => server().createNamespace('shop'))

  it.each(profiles)('$name', async ({ profile }) => {
    const refused: string[] = []
    let accepted = 0
    for (const [parameter, { type, pattern, enum: allowed }] of Object.entries(profile.parameters)) {
      if (type !== 'string') continue
      const drawn = fc.sample(matching(pattern), { numRuns: 20, seed: 20 })
      for (const value of new Set([...edges, ...(allowed ?? []).map(String), ...drawn])) {
        const pod = podAsking(profile, { [`pillion.dev/${profile.name}.${parameter}`]: value })
        const { outcome, patch } = decideByCatalog(pod, kubernetesVersion)
        if (outcome !== 'injected') continue
        const path = '/api/v1/namespaces/shop/pods?dryRun=All&fieldValidation=Strict'
        const { status, body } = await server().request<{ message?: string }>('POST', path, apply(pod, patch))
        if (status === 201) accepted++
        else
          refused.push(`${parameter}: ${JSON.stringify(value).slice(0, 60)}: ${body.message?.slice(0, 200)}`)
      }
    }
    expect(refused).toEqual([])
    expect(accepted).toBeGreaterThan(20)
  })
})

function podAsking(profile: Profile, more: Strings): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'app', annotations: { ...askingFor(profile), ...more } },
    spec: { shareProcessNamespace: true, containers: [{ name: 'app', image: 'app:1' }] },
  }
}

/** Texts that match an RE2 pattern, by the classes that JavaScript has no names for. */
function matching(pattern = '^.*$'): fc.Arbitrary<string> {
  const classes = { '[:cntrl:]': '\\x00-\\x1f\\x7f', '[:space:]': '\\s' }
  const source = Object.entries(classes).reduce((text, [name, of]) => text.replaceAll(name, of), pattern)
  return fc.stringMatching(new RegExp(source), { maxLength: 40 } as never)
}
