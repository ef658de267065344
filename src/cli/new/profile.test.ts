import { globSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { decideOn, podAsking } from '../../engine/decide.fixture.ts'
import type { Container, Named } from '../../engine/pod.ts'
import { podsIn } from '../../manifest/pods.ts'
import { parseManifest } from '../../manifest/yaml/manifest.ts'
import { collect } from '../../profile/accept/profiles.ts'
import { parseProfiles } from '../../profile/yaml/parse.ts'
import { readYaml } from '../../profile/yaml/read.ts'
import { pillionWith } from '../recorded.fixture.ts'
import { profileText } from './profile-text.ts'

const root = join(import.meta.dirname, '../../..')

/** The containers of all examples, with the volumes that they mount. */
const models = globSync('examples/*.yaml', { cwd: root })
  .sort()
  .flatMap(file => {
    const { manifest } = parseManifest(readFileSync(join(root, file), 'utf8'), file)
    return podsIn([manifest]).found.flatMap(({ pod: { spec } }) =>
      (spec?.containers ?? []).map(container => ({
        file,
        container,
        isInit: false,
        volumes: (spec?.volumes ?? []).filter(({ name }) =>
          container.volumeMounts?.some(mount => mount.name === name),
        ) as readonly Named[],
      })),
    )
  })

function expectUsable(text: string): void {
  const { profiles, problems, advice } = parseProfiles(text, 'new.yaml')
  expect({ problems, advice }, text).toEqual({ problems: [], advice: [] })
  expect(decideOn(podAsking('fresh'), collect(profiles).profiles), text).toMatchObject({
    outcome: 'injected',
  })
}

describe('a new profile', () => {
  it.each(models)(
    'is valid without advice, and can be injected: $container.name of $file',
    ({ file: _, ...model }) => {
      expectUsable(profileText('fresh', model))
    },
  )

  it('law: so it is for any container, also with text of a shell and of the kubelet', () => {
    const text = fc.constantFrom(
      'x',
      '$(HOME)',
      '$(cat /etc/hostname)',
      '$$(x)',
      'a: b',
      '#',
      '',
      'on',
      '0x1f',
      '1:30',
    )
    const container: fc.Arbitrary<Container> = fc
      .record(
        {
          args: fc.array(text, { maxLength: 3 }),
          ports: fc.constantFrom([], [{ containerPort: 80 }]),
          resources: fc.constantFrom({}, { limits: { memory: '1Gi' } }, { requests: { cpu: '1' } }),
          securityContext: fc.constantFrom({}, { runAsUser: 0 }, { runAsUser: 7 }, { runAsNonRoot: false }),
          env: fc.array(text, { maxLength: 1 }).map(values => values.map(value => ({ name: 'A', value }))),
          volumeMounts: fc.constantFrom(
            [],
            [{ name: 'v', mountPath: '/v', readOnly: true }],
            [{ name: 'gone', mountPath: '/g' }],
          ),
        },
        { requiredKeys: [] },
      )
      .map(fields => ({ name: 'ship', image: 'example/ship:1', ...fields }) as unknown as Container)
    const volume = fc.constantFrom({ name: 'v', emptyDir: {} }, { name: 'v', configMap: { name: 'c' } })
    fc.assert(
      fc.property(container, volume, fc.boolean(), (one, of, isInit) => {
        const volumes = one.volumeMounts?.some(({ name }) => name === 'v') ? [of as Named] : []
        const made = profileText('fresh', { container: one, isInit, volumes })
        expectUsable(made)
        expect(JSON.stringify(readYaml(made).documents[0]!.value)).toContain('fresh')
      }),
    )
  })
})

describe('pillion new profile', () => {
  it('writes a file with comments, and does not replace one without --force', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pillion-new-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const file = join(folder, 'p.yaml')
    const args = ['new', 'profile', 'ship', '--image', 'example/ship:1', '--to', file]
    expect((await pillion(...args)).code).toBe(0)
    const text = await readFile(file, 'utf8')
    expect(text).toMatch(/^# A Pod gets this profile if it has the annotation pillion\.dev\/inject: ship$/m)
    expect((await pillion('validate', '-f', file)).err).not.toContain('advice')
    await writeFile(file, 'mine')
    const refused = await pillion(...args)
    expect(refused).toMatchObject({
      code: 2,
      err: expect.stringContaining('exists: use --force to replace it'),
    })
    expect(await readFile(file, 'utf8')).toBe('mine')
    expect((await pillion(...args, '--force')).code).toBe(0)
    expect(await readFile(file, 'utf8')).toBe(text)
  })

  it('says what it leaves out of a container', async () => {
    const set = `apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db }
spec:
  serviceName: db
  selector: { matchLabels: { app: db } }
  template:
    metadata: { labels: { app: db } }
    spec:
      containers:
        - name: backup
          image: backup:1
          securityContext: { runAsUser: 0, runAsNonRoot: false }
          volumeMounts:
            - { name: data, mountPath: /data }
            - { name: tmp, mountPath: /tmp }
      volumes: [{ name: tmp, emptyDir: {} }]
  volumeClaimTemplates:
    - metadata: { name: data }
      spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
`
    const args = ['new', 'profile', 'backup', '--from-container', 'backup', '-f', '-', '--to', '-']
    const { code, out, err } = await pillionWith(args, set)
    expect(code).toBe(0)
    expect(out).not.toContain('/data')
    expect(err).toMatch(/^warning: the mount of data at \/data is left out: .*volumeClaimTemplates/m)
    expect(err).toMatch(/^warning: runAsUser: 0 is left out/m)
    expect(err).toMatch(/^warning: runAsNonRoot: false becomes true/m)
    expect(err).not.toContain('tmp')
  })

  it.each(['yes', 'n', 'off', '1e3'])('writes a name that YAML 1.1 reads as no text: %s', async name => {
    const { code, out } = await pillion('new', 'profile', name, '--image', 'a:1', '--to', '-')
    expect(code).toBe(0)
    expect(parseProfiles(out, 'new.yaml').profiles.map(profile => profile.name)).toEqual([name])
  })

  it.each([
    { args: ['Bad', '--image', 'a:1'], says: 'cannot be the name of a profile' },
    { args: ['none', '--image', 'a:1'], says: 'cannot be the name of a profile' },
    { args: ['ship'], says: 'name an image with --image IMAGE' },
    {
      args: ['ship', '--from-container', 'x', '-f', join(root, 'examples/job.yaml')],
      says: 'there is no container "x"; there are:',
    },
  ])('ends with 2: $says', async ({ args, says }) => {
    const { code, err } = await pillion('new', 'profile', ...args, '--to', '-')
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(says) })
  })
})

function pillion(...args: readonly string[]) {
  return pillionWith(args)
}
