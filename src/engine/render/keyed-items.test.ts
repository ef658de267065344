import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { container, decideOn, injectInto, podAsking, profilesOf, statusIn } from '../decide.fixture.ts'
import type { Strings } from '../pod.ts'

const parameters = { secret: { type: 'string' }, port: { type: 'integer' } }
const absent = '$(params.?secret)'
/** What each list gets: an item without its key, and one that has it. */
const lists = [
  { what: 'imagePullSecrets', spec: { pod: { imagePullSecrets: [{ name: absent }, { name: 'own' }] } } },
  {
    what: 'hostAliases',
    spec: {
      pod: {
        hostAliases: [
          { ip: absent, hostnames: ['a'] },
          { ip: '10.0.0.1', hostnames: ['b'] },
        ],
      },
    },
  },
  {
    what: 'env of the app',
    spec: {
      appContainers: [
        {
          select: 'all',
          env: [
            { name: absent, value: '1' },
            { name: 'OWN', value: '2' },
          ],
        },
      ],
    },
  },
  {
    what: 'envFrom of the app',
    spec: {
      appContainers: [
        { select: 'all', envFrom: [{ configMapRef: { name: absent } }, { secretRef: { name: 'own' } }] },
      ],
    },
  },
  {
    what: 'volumeMounts of the app',
    spec: {
      volumes: [{ name: 'v', emptyDir: {} }],
      appContainers: [
        {
          select: 'all',
          volumeMounts: [
            { name: 'v', mountPath: absent },
            { name: 'v', mountPath: '/own' },
          ],
        },
      ],
    },
  },
  {
    what: 'the lists of a sidecar',
    spec: {
      volumes: [{ name: 'v', emptyDir: {} }],
      containers: [
        container('side', {
          env: [
            { name: absent, value: '1' },
            { name: 'OWN', value: '2' },
          ],
          envFrom: [{ secretRef: { name: absent } }, { secretRef: { name: 'own' } }],
          volumeMounts: [
            { name: 'v', mountPath: absent },
            { name: 'v', mountPath: '/own' },
          ],
          ports: [{ containerPort: '$(params.?port)', name: 'd' }, { containerPort: 80 }],
        }),
      ],
    },
  },
]

describe('An item of a list that has not what it is told apart by is left out', () => {
  describe.each([
    { why: 'the parameter is absent', set: {} as Strings },
    { why: 'the parameter is empty', set: { 'pillion.dev/p.secret': '' } },
  ])('$why', ({ set }) => {
    it.each(lists)('$what', ({ spec }) => {
      const profiles = profilesOf({ p: { parameters, ...spec } })
      const pod = podAsking('p', {}, set)
      const injected = injectInto(pod, profiles)
      expect(JSON.stringify(statusIn(injected))).not.toMatch(/undefined|""/)
      const { spec: given } = injected
      expect(JSON.stringify(given)).not.toMatch(/"value":"1"|\{\}[,\]]|"hostnames":\["a"\]|"name":"d"/)
      expect(JSON.stringify(given)).toMatch(/own|OWN|10\.0\.0\.1/)
      expect(decideOn(injected, profiles)).toMatchObject({ outcome: 'unchanged', patch: [] })
    })
  })

  it.each(lists)('one that has it stays: $what', ({ spec }) => {
    const profiles = profilesOf({ p: { parameters, ...spec } })
    const injected = injectInto(podAsking('p', {}, { 'pillion.dev/p.secret': '10.1.1.1' }), profiles)
    expect(JSON.stringify(injected.spec)).toContain('10.1.1.1')
    expect(decideOn(injected, profiles)).toMatchObject({ outcome: 'unchanged', patch: [] })
  })

  it('law: whichever keys are absent, a second call changes nothing', () => {
    const value = fc.constantFrom('$(params.?a)', '$(params.?b)', '$(params.?c)', 'x1', 'x2')
    const list = (item: (key: string) => JsonObject) => fc.array(value.map(item), { maxLength: 3 })
    const spec = fc.record({
      secrets: list(name => ({ name })),
      aliases: list(ip => ({ ip, hostnames: ['h'] })),
      env: list(name => ({ name, value: '1' })),
      envFrom: list(name => ({ secretRef: { name } })),
      mounts: list(key => ({ name: 'v', mountPath: key.startsWith('$') ? key : `/${key}` })),
    })
    const values = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('', 'y1', 'y2'))
    fc.assert(
      fc.property(spec, values, ({ secrets, aliases, env, envFrom, mounts }, set) => {
        const text = { type: 'string' }
        const given = { env, envFrom, volumeMounts: mounts }
        const profiles = profilesOf({
          p: {
            parameters: { a: text, b: text, c: text },
            onConflict: 'keep',
            volumes: [{ name: 'v', emptyDir: {} }],
            containers: [{ ...container('side'), env }],
            appContainers: [{ select: 'all', ...given }],
            pod: { imagePullSecrets: secrets, hostAliases: aliases },
          },
        })
        const annotations = Object.fromEntries(
          Object.entries(set).map(([name, each]) => [`pillion.dev/p.${name}`, each]),
        )
        const injected = injectInto(podAsking('p', {}, annotations), profiles)
        expect(decideOn(injected, profiles).patch).toEqual([])
        expect(JSON.stringify(injected)).not.toContain('undefined')
      }),
    )
  })
})
