import fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import { apply } from '../../src/engine/decide.fixture.ts'
import { decide } from '../../src/engine/decide.ts'
import type { Subject } from '../../src/engine/decision.ts'
import type { Pod, Strings } from '../../src/engine/pod.ts'
import { hasMinor } from '../../src/engine/render/render.ts'
import type { Json, JsonObject } from '../../src/json/json.ts'
import { collect } from '../../src/profile/accept/profiles.ts'
import { type Level, violations } from '../../src/profile/pod-security/rules.ts'
import type { Profile } from '../../src/profile/profile.ts'
import { readProfile } from '../../src/profile/read.ts'
import { askingFor, catalog } from '../catalog-asking.ts'
import { kubernetesVersion } from './from.ts'
import { describeWithApiServer } from './suite.ts'

/**
 * Pod Security itself judges the same Pods as `violations`. Each change is tried alone, and by chance several together,
 * in a Pod that is otherwise as the level restricted wants it.
 */
describeWithApiServer(
  'Pod Security and what Pillion says of it',
  server => {
    beforeAll(async () => {
      for (const level of enforced) {
        const labels = { 'pod-security.kubernetes.io/enforce': level }
        await server().createNamespace(level, { labels })
      }
    })

    it.each(enforced)('agree about every single change at the level %s', async level => {
      const differing = await differences(
        level,
        changes.map(change => [change]),
      )
      expect(differing).toEqual([])
    })

    it.each(enforced)('agree about 250 Pods with several changes at the level %s', async level => {
      const some = fc.subarray([...changes], { minLength: 2, maxLength: 5 })
      const samples = fc.sample(some, { numRuns: 250, seed: 1_234 })
      expect(await differences(level, samples)).toEqual([])
    })

    it.each([
      {
        what: 'has a field that is not valid',
        change: [['spec', 'containers', 0, 'ports'], [{ containerPort: 0 }]],
        status: 422,
      },
      { what: 'has a field that there is not', change: [['spec', 'containers', 0, 'port'], 1], status: 400 },
      { what: 'is valid', change: [['spec', 'containers', 0, 'tty'], true], status: 403 },
    ] as const)('comes after the validation of a Pod that $what', async ({ change, status }) => {
      const mighty: Change = [['spec', 'containers', 0, 'securityContext'], { privileged: true }]
      const path = '/api/v1/namespaces/baseline/pods?fieldValidation=Strict'
      const answer = await server().request('POST', path, podWith([change, mighty]), { dryRun: true })
      expect(answer.status, JSON.stringify(answer.body)).toBe(status)
    })

    it('tries what each level refuses and what it takes', () => {
      for (const level of enforced) {
        const verdicts = new Set(changes.map(change => isRefused(podWith([change]), level)))
        expect(verdicts).toEqual(new Set([true, false]))
      }
    })

    it.each(enforced)('take a Pod of the level %s with each profile of the catalog', async level => {
      const found: string[] = []
      for (const profile of catalog.all) {
        const before = askingPod(level, askingFor(profile))
        const decision = decide(subjectIn(level, before), catalog, cluster)
        const after = apply(before, decision.patch)
        const verdicts = [await verdictOf(level, before), await verdictOf(level, after)]
        if (decision.outcome !== 'injected' || verdicts.join() !== 'taken,taken')
          found.push(`${profile.name}: ${decision.outcome}: ${verdicts}`)
      }
      expect(found).toEqual([])
    })

    it.each(enforced)(
      'take a Pod of the level %s with any SidecarProfile that Pillion injects',
      async level => {
        const some = fc.subarray([...changes], { minLength: 1, maxLength: 3 })
        const before = askingPod(level, { 'pillion.dev/inject': 'tap' })
        const counts: Record<string, number> = {}
        const found: object[] = []
        for (const sample of fc.sample(some, { numRuns: 250, seed: 4_321 })) {
          const profile = profileWith(sample, level)
          if (!profile) continue
          const decision = decide(subjectIn(level, before), collect([profile]).profiles, cluster)
          const what = decision.outcome === 'injected' ? 'injected' : `${decision.outcome} ${decision.reason}`
          counts[what] = (counts[what] ?? 0) + 1
          if (decision.outcome !== 'injected') continue
          const verdict = await verdictOf(level, apply(before, decision.patch))
          if (verdict.includes('PodSecurity')) found.push({ sample, verdict })
        }
        expect(found).toEqual([])
        process.stderr.write(`pod security: ${level}: ${JSON.stringify(counts)}\n`)
        expect(counts['injected']).toBeGreaterThan(30)
        expect(counts['denied PodSecurity']).toBeGreaterThan(30)
      },
    )

    async function verdictOf(level: Level, pod: Pod): Promise<string> {
      const path = `/api/v1/namespaces/${level}/pods`
      const { status, body } = await server().request<{ message?: string }>('POST', path, pod, {
        dryRun: true,
      })
      return status === 201 ? 'taken' : `${status} ${body.message}`
    }

    async function differences(level: Level, samples: readonly (readonly Change[])[]) {
      const found: object[] = []
      const queue = samples.map(sample => ({ sample, pod: podWith(sample) }))
      let invalid = 0
      const worker = async () => {
        for (let next = queue.pop(); next; next = queue.pop()) {
          const path = `/api/v1/namespaces/${level}/pods`
          const { status, body } = await server().request<{ message?: string }>('POST', path, next.pod, {
            dryRun: true,
          })
          const ours = isRefused(next.pod, level)
          const message = body.message ?? ''
          const theirs = status === 403 && message.includes('violates PodSecurity')
          if (!theirs && status !== 201) {
            // What is no valid Pod is not judged.
            invalid += 1
            if (status !== 422) found.push({ message })
          } else if (ours !== theirs && !(ours && isOfSomeVersions(next.sample)))
            found.push({ change: next.sample.map(each => JSON.stringify(each)), ours, theirs: message })
        }
      }
      await Promise.all(Array.from({ length: 8 }, worker))
      expect(invalid, 'invalid Pods').toBeLessThan(samples.length / 3)
      return found
    }
  },
  { flags: ['--allow-privileged=true'] },
)

/**
 * What Pod Security denies only on some versions Pillion denies on every one: probes and hooks that call another host, the
 * SELinux type of a container engine before 1.31, and fields that an older API server does not know.
 */
function isOfSomeVersions(sample: readonly Change[]): boolean {
  const text = JSON.stringify(sample)
  const isNew = deniedSince.some(
    ([minor, what]) => !hasMinor(kubernetesVersion, minor) && text.includes(what),
  )
  return isNew || (hasMinor(kubernetesVersion, 31) && text.includes('container_engine_t'))
}

const deniedSince = [
  [34, '"host":'],
  [33, 'procMount'],
  [30, 'appArmorProfile'],
] as const

const cluster = { kubernetesVersion, excludedNamespaces: new Set<string>() }

function subjectIn(level: Level, pod: Pod): Subject {
  const labels = { 'pod-security.kubernetes.io/enforce': level }
  return { pod, namespace: { name: level, labels, annotations: {} }, operation: 'CREATE' }
}

/** A Pod that is just what the level wants, and asks for profiles. */
function askingPod(level: Level, annotations: JsonObject): Pod {
  const pod = podWith([]) as unknown as Pod
  const plain = { containers: [{ name: 'app', image: 'example/app:1' }] }
  return {
    ...pod,
    metadata: { name: 'tried', annotations: annotations as Strings },
    spec: { ...(level === 'restricted' ? pod.spec : plain), shareProcessNamespace: true },
  } as Pod
}

/** A SidecarProfile with the containers and volumes of a changed Pod; undefined if there is no such profile. */
function profileWith(changes: readonly Change[], namespace: string): Profile | undefined {
  const { metadata, spec } = podWith(changes) as { metadata: JsonObject; spec: JsonObject }
  const { initContainers = [], containers = [], volumes = [] } = spec
  const profile = {
    apiVersion: 'pillion.dev/v1alpha1',
    kind: 'SidecarProfile',
    metadata: { name: 'tap', namespace },
    spec: {
      initContainers,
      containers,
      volumes: (volumes as JsonObject[]).filter(({ name }) => name === 'own'),
      pod: { annotations: metadata['annotations'] },
    },
  }
  const renamed = JSON.stringify(profile).replaceAll('"app"', '"tap"').replaceAll('"setup"', '"tap-setup"')
  const read = readProfile(
    JSON.parse(renamed.replaceAll('"own"', '"tapped"').replaceAll('.io/app"', '.io/tap"')),
  )
  return 'profile' in read ? read.profile : undefined
}

const enforced = ['baseline', 'restricted'] as const

function isRefused({ metadata, spec }: ReturnType<typeof podWith>, level: Level): boolean {
  const { annotations } = metadata as { annotations: JsonObject }
  return violations({ ...(spec as JsonObject), annotations }, level, spec as JsonObject).length > 0
}

/** What one change sets, at a path in the Pod. `undefined` removes what is there. */
type Change = readonly [path: readonly (string | number)[], value: Json | undefined]

function podWith(changes: readonly Change[]): JsonObject {
  const container = (name: string) => ({
    name,
    image: 'example/app:1',
    securityContext: {
      runAsNonRoot: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
  })
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'tried', annotations: {} },
    spec: {
      initContainers: [container('setup')],
      containers: [container('app')],
      volumes: [{ name: 'own', emptyDir: {} }],
    },
  }
  for (const [path, value] of changes) set(pod as unknown as Open, path, value)
  return JSON.parse(JSON.stringify(pod)) as JsonObject
}

interface Open {
  [key: string | number]: unknown
}

function set(object: Open, [step = '', ...rest]: readonly (string | number)[], value: unknown): void {
  if (rest.length === 0) object[step] = value
  else {
    object[step] ??= {}
    set(object[step] as Open, rest, value)
  }
}

const inContainer: readonly (readonly [field: string, values: readonly (Json | undefined)[]])[] = [
  ['securityContext', [undefined, {}]],
  ['securityContext.privileged', [true, false]],
  ['securityContext.allowPrivilegeEscalation', [true, undefined]],
  ['securityContext.runAsNonRoot', [false, undefined]],
  ['securityContext.runAsUser', [0, 1, 65_534]],
  ['securityContext.runAsGroup', [0]],
  ['securityContext.readOnlyRootFilesystem', [true]],
  ['securityContext.procMount', ['Default', 'Unmasked']],
  [
    'securityContext.seccompProfile',
    [undefined, { type: 'Unconfined' }, { type: 'Localhost', localhostProfile: 'a.json' }],
  ],
  [
    'securityContext.appArmorProfile',
    [{ type: 'Unconfined' }, { type: 'RuntimeDefault' }, { type: 'Localhost', localhostProfile: 'a' }],
  ],
  [
    'securityContext.seLinuxOptions',
    [
      {},
      { level: 's0:c123' },
      ...['container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t', 'spc_t', ''].map(
        type => ({ type }),
      ),
      { user: 'system_u' },
      { role: 'system_r' },
      { user: '', role: '' },
    ],
  ],
  [
    'securityContext.capabilities',
    [
      undefined,
      {},
      ...[
        'ALL',
        'SYS_ADMIN',
        'NET_ADMIN',
        'NET_RAW',
        'NET_BIND_SERVICE',
        'CHOWN',
        'AUDIT_WRITE',
        'DAC_OVERRIDE',
        'FOWNER',
        'FSETID',
        'KILL',
        'MKNOD',
        'SETFCAP',
        'SETGID',
        'SETPCAP',
        'SETUID',
        'SYS_CHROOT',
        'chown',
        'CAP_CHOWN',
        'IPC_LOCK',
      ].map(added => ({ add: [added], drop: ['ALL'] })),
      { drop: ['all'] },
      { drop: ['NET_RAW'] },
      { drop: ['NET_RAW', 'ALL'] },
      { add: ['CHOWN', 'SYS_PTRACE'], drop: ['ALL'] },
    ],
  ],
  ['securityContext.windowsOptions', [{ hostProcess: true }, { hostProcess: false }, { runAsUserName: 'x' }]],
  [
    'ports',
    [[{ containerPort: 81 }], [{ containerPort: 81, hostPort: 0 }], [{ containerPort: 82, hostPort: 82 }]],
  ],
]

const probes = ['livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle.postStart', 'lifecycle.preStop']
const actions: readonly JsonObject[] = [
  '',
  'example.com',
  '127.0.0.1',
  'localhost',
  '::1',
  '10.0.0.1',
].flatMap(host => [{ httpGet: { path: '/', port: 80, host } }, { tcpSocket: { port: 80, host } }])

const volumes: readonly JsonObject[] = [
  { hostPath: { path: '/' } },
  { hostPath: { path: '/var', type: 'Directory' } },
  { emptyDir: { medium: 'Memory' } },
  {},
  { configMap: { name: 'a' } },
  { secret: { secretName: 'a' } },
  { downwardAPI: { items: [] } },
  { projected: { sources: [{ serviceAccountToken: { path: 'a', audience: 'b' } }] } },
  { persistentVolumeClaim: { claimName: 'a' } },
  { csi: { driver: 'a.example.com' } },
  {
    ephemeral: {
      volumeClaimTemplate: {
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      },
    },
  },
  { nfs: { server: 'a', path: '/' } },
  { iscsi: { targetPortal: '10.0.0.1:3260', iqn: 'iqn.2001-04.com.example:storage', lun: 0 } },
  { cephfs: { monitors: ['a'] } },
  { rbd: { monitors: ['a'], image: 'b' } },
  { glusterfs: { endpoints: 'a', path: 'b' } },
  { awsElasticBlockStore: { volumeID: 'a' } },
  { gcePersistentDisk: { pdName: 'a' } },
  { azureDisk: { diskName: 'a', diskURI: 'b' } },
  { azureFile: { secretName: 'a', shareName: 'b' } },
  { cinder: { volumeID: 'a' } },
  { fc: { targetWWNs: ['a'], lun: 0 } },
  { flexVolume: { driver: 'a/b' } },
  { gitRepo: { repository: 'a' } },
  { portworxVolume: { volumeID: 'a' } },
  { vsphereVolume: { volumePath: 'a' } },
]

const inPod: readonly (readonly [field: string, values: readonly Json[]])[] = [
  // Not `false` and not root: for these Pod Security refuses the Pod, whatever its containers say.
  ['securityContext.runAsNonRoot', [true]],
  ['securityContext.runAsUser', [7]],
  [
    'securityContext.seccompProfile',
    [{ type: 'RuntimeDefault' }, { type: 'Localhost', localhostProfile: 'a.json' }],
  ],
]

const appArmor = ['runtime/default', 'localhost/a', 'unconfined', '']

const changes: readonly Change[] = [
  ...['initContainers', 'containers'].flatMap(list => [
    ...inContainer.flatMap(([field, values]) =>
      values.map((value): Change => [['spec', list, 0, ...field.split('.')], value]),
    ),
    // An init container that is no sidecar has none.
    ...(list === 'containers' ? probes : []).flatMap(probe =>
      actions.map((action): Change => [['spec', list, 0, ...probe.split('.')], action]),
    ),
  ]),
  ...volumes.map((volume): Change => [['spec', 'volumes', 0], { name: 'own', ...volume }]),
  ...inPod.flatMap(([field, values]) =>
    values.map((value): Change => [['spec', ...field.split('.')], value]),
  ),
  ...appArmor.map(
    (profile): Change => [
      ['metadata', 'annotations', 'container.apparmor.security.beta.kubernetes.io/app'],
      profile,
    ],
  ),
]
