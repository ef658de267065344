import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { JsonObject } from '../../src/json/json.ts'
import type { Running } from '../../src/server/main.ts'
import { type Connection, connect } from './connection.ts'
import { deploy, post } from './deployed.ts'
import { useKubeconfig } from './kubeconfig.ts'
import { podFor } from './pods.ts'
import { describeWithApiServer } from './suite.ts'
import { until } from './until.ts'

const directory = mkdtempSync(join(tmpdir(), 'pillion-exemption-'))
const file = join(directory, 'admission.json')
const robot = 'system:serviceaccount:bank:default'
writeFileSync(file, JSON.stringify(admission()))

const profiles = '/apis/pillion.dev/v1alpha1/namespaces/bank/sidecarprofiles'
const label = 'pillion.dev/sidecar-profiles'

/** The cluster enforces baseline for everybody but a robot, which creates Pods for the users of a namespace. */
describeWithApiServer(
  'a Pod of a user who is exempt from Pod Security',
  server => {
    let running: Running
    let restore: () => Promise<void>
    let asRobot: Connection

    beforeAll(async () => {
      await server().createNamespace('bank')
      restore = await useKubeconfig(server(), 'bank')
      running = await deploy(server())
      await post(server(), ...permissions)
      const tokens = '/api/v1/namespaces/bank/serviceaccounts/default/token'
      const { body } = await server().request<{ status: { token: string } }>('POST', tokens, { spec: {} })
      asRobot = connect({ ...server(), token: body.status.token })
      const mighty = podFor('mighty') as { spec: JsonObject }
      const pod = { ...mighty, spec: { ...mighty.spec, volumes: [{ name: 'x', hostPath: { path: '/' } }] } }
      await until(
        'the robot may create what others may not',
        10_000,
        async () => (await create(pod)).status === 201,
      )
      expect((await server().request<Refusal>('POST', pods, pod)).body.message).toContain(
        'violates PodSecurity',
      )
    })
    afterAll(async () => {
      asRobot.close()
      await running.stop()
      await restore()
      rmSync(directory, { recursive: true })
    })

    it('gets nothing from a SidecarProfile that its author could not put into a Pod', async () => {
      await store('tap', withCapability)
      const { status, body } = await create(asking('tap'))
      expect(status).toBe(403)
      expect(body.message).toContain(
        'PodSecurity: profile tap: container tap: securityContext.capabilities.add[0]: only AUDIT_WRITE, CHOWN',
      )
    })

    it('and no profile is stored that says so itself', async () => {
      const { status, body } = await server().request<Refusal>(
        'POST',
        profiles,
        object('open', withVolume('/')),
      )
      expect(status).toBe(422)
      expect(body.message).toContain(
        'spec.volumes[0].hostPath: hostPath volumes are not allowed by the Pod Security',
      )
    })

    it('gets it where an admin labelled the namespace, and no longer when the label is gone', async () => {
      await labelled('privileged')
      await until('the profile can be stored', 10_000, async () => {
        const { status } = await server().request('POST', profiles, object('open', withVolume('/')))
        return status === 201
      })
      await until('the Pod gets it', 10_000, async () => (await create(asking('open'))).status === 201)
      await until('it is accepted', 10_000, async () => (await accepted('open')) === 'True Accepted')
      expect((await create(asking('tap'))).status).toBe(201)
      await labelled(null)
      await until('it is not accepted', 10_000, async () => (await accepted('open')) === 'False PodSecurity')
      expect((await create(asking('tap'))).status).toBe(403)
    })

    const pods = '/api/v1/namespaces/bank/pods'
    const create = (pod: object) => asRobot.request<Refusal>('POST', pods, pod, { dryRun: true })

    async function store(name: string, spec: JsonObject): Promise<void> {
      const { status, body } = await server().request('POST', profiles, object(name, spec))
      expect(status, JSON.stringify(body)).toBe(201)
      const isKnown = async () => !(await create(asking(name))).body.message?.includes('UnknownProfile')
      await until('the profile is known', 10_000, isKnown)
    }

    async function labelled(level: string | null): Promise<void> {
      await server().request('PATCH', '/api/v1/namespaces/bank', { metadata: { labels: { [label]: level } } })
    }

    async function accepted(name: string): Promise<string | undefined> {
      const { body } = await server().request<Stored>('GET', `${profiles}/${name}`)
      const found = body.status?.conditions.find(({ type }) => type === 'Accepted')
      return found && `${found.status} ${found.reason}`
    }
  },
  { flags: [`--admission-control-config-file=${file}`] },
)

interface Refusal {
  readonly message?: string
}

interface Stored {
  readonly status?: { readonly conditions: readonly Readonly<Record<'type' | 'status' | 'reason', string>>[] }
}

/** Which one only the Pod says. */
const withCapability: JsonObject = {
  parameters: { name: { type: 'string', default: 'SYS_ADMIN' } },
  containers: [
    {
      name: 'tap',
      image: 'example/tap:1',
      securityContext: { capabilities: { add: ['$(params.name)'] } },
    },
  ],
}

function withVolume(path: string): JsonObject {
  return {
    containers: [
      { name: 'tap', image: 'example/tap:1', volumeMounts: [{ name: 'node', mountPath: '/node' }] },
    ],
    volumes: [{ name: 'node', hostPath: { path } }],
  }
}

function object(name: string, spec: JsonObject): JsonObject {
  return { apiVersion: 'pillion.dev/v1alpha1', kind: 'SidecarProfile', metadata: { name }, spec }
}

function asking(profile: string): object {
  return podFor('asking', { annotations: { 'pillion.dev/inject': profile } })
}

function admission(): object {
  return {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AdmissionConfiguration',
    plugins: [
      {
        name: 'PodSecurity',
        configuration: {
          apiVersion: 'pod-security.admission.config.k8s.io/v1',
          kind: 'PodSecurityConfiguration',
          defaults: { enforce: 'baseline' },
          exemptions: { usernames: [robot] },
        },
      },
    ],
  }
}

const permissions: readonly JsonObject[] = [
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'robot', namespace: 'bank' },
    rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['create'] }],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'robot', namespace: 'bank' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'robot' },
    subjects: [{ kind: 'ServiceAccount', name: 'default', namespace: 'bank' }],
  },
]
