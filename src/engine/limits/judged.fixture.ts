import type { JsonObject } from '../../json/json.ts'
import { container } from '../decide.fixture.ts'

/** A Pod that the API server takes, and refuses with a profile in it: `test/apiserver/judged.test.ts` asks one. */
export interface Judged {
  readonly what: string
  readonly pod: JsonObject
  readonly profile: JsonObject
  readonly annotations?: Readonly<Record<string, string>>
  readonly says: string
  /** It takes the Pod with both in it, and no node could run it. */
  readonly isTaken?: true
  /** The first minor version of Kubernetes that denies it. */
  readonly since?: number
}

const side = (fields: JsonObject) => ({ containers: [container('side', fields)] })
const app = (fields: JsonObject, more: JsonObject = {}) => ({
  containers: [container('app', fields)],
  ...more,
})
const volumes = [{ name: 'data', emptyDir: {} }]
const disk = { name: 'disk', persistentVolumeClaim: { claimName: 'disk' } }
const mount = (name: string, mountPath: string) => ({ name, mountPath })
export const hostPort = (port: number, more: JsonObject = {}) => ({
  ports: [{ containerPort: port + 1, hostPort: port, ...more }],
})
export const requests = (memory: string) => ({ resources: { requests: { memory } } })

export const judged: readonly Judged[] = [
  {
    what: 'two mounts of a sidecar come to one path',
    pod: app({}),
    profile: {
      parameters: { path: { type: 'string', default: '/state' } },
      volumes: [...volumes, { name: 'state', emptyDir: {} }],
      ...side({ volumeMounts: [mount('state', '/state'), mount('data', '$(params.path)')] }),
    },
    says: 'container "side" would have volume "state" and volume "data" at /state',
  },
  {
    what: 'a mount of a sidecar is at the path of its device',
    pod: app({}),
    profile: {
      volumes: [...volumes, disk],
      ...side({
        volumeMounts: [mount('data', '/x')],
        volumeDevices: [{ name: 'disk', devicePath: '/x' }],
      }),
    },
    says: 'container "side" would have volume "data" and the device of volume "disk" at /x',
  },
  {
    what: 'a mount of the app is at the path of its device',
    pod: app({ volumeDevices: [{ name: 'disk', devicePath: '/x' }] }, { volumes: [disk] }),
    profile: { volumes, appContainers: [{ select: 'all', volumeMounts: [mount('data', '/x')] }] },
    says: 'container "app" has the device of volume "disk" at /x for the Pod',
  },
  {
    what: 'a mount of a sidecar leaves its volume',
    pod: app({}),
    profile: {
      parameters: { part: { type: 'string', default: 'a/../..' } },
      volumes,
      ...side({ volumeMounts: [{ ...mount('data', '/x'), subPath: '$(params.part)' }] }),
    },
    says: 'container "side" would mount volume "data" at /x by the path "a/../..", and only a path inside the volume is allowed',
  },
  {
    what: 'a mount of the app begins at the root',
    pod: app({}),
    profile: {
      parameters: { part: { type: 'string', default: '/etc' } },
      volumes,
      appContainers: [
        { select: 'all', volumeMounts: [{ ...mount('data', '/x'), subPath: '$(params.part)' }] },
      ],
    },
    says: 'container "app" would mount volume "data" at /x by the path "/etc", and only a path inside the volume is allowed',
  },
  {
    what: 'a mount of a sidecar has a subPath and a subPathExpr',
    pod: app({}),
    profile: {
      parameters: { part: { type: 'string', default: 'etc' } },
      volumes,
      ...side({ volumeMounts: [{ ...mount('data', '/x'), subPath: '$(params.part)', subPathExpr: 'b' }] }),
    },
    says: 'container "side" would mount volume "data" at /x by both subPath and subPathExpr',
  },
  {
    what: 'two ports of a sidecar come to one name',
    pod: app({}),
    profile: {
      parameters: { name: { type: 'string', default: 'http' } },
      ...side({
        ports: [
          { name: 'http', containerPort: 80 },
          { name: '$(params.name)', containerPort: 81 },
        ],
      }),
    },
    says: 'container "side" would have two ports named "http": 80 and 81',
  },
  {
    what: 'a hostPort of a regular sidecar is in use',
    pod: app(hostPort(9000)),
    profile: { lifecycle: 'regular', ...side({ ports: [{ containerPort: 80, hostPort: 9000 }] }) },
    says: 'hostPort 9000/TCP of container "side" is in use by container "app" of the Pod',
  },
  {
    what: 'a hostPort of a native sidecar is in use',
    pod: app(hostPort(9000)),
    profile: side({ ports: [{ containerPort: 80, hostPort: 9000 }] }),
    says: 'hostPort 9000/TCP of container "side" is in use by container "app" of the Pod',
    isTaken: true,
  },
  {
    what: 'a hostPort is in use at every address',
    pod: app(hostPort(9000, { hostIP: '0.0.0.0' })),
    profile: side({ ports: [{ containerPort: 80, hostPort: 9000, hostIP: '127.0.0.1' }] }),
    says: 'hostPort 9000/TCP of container "side" is in use by container "app" of the Pod',
    isTaken: true,
  },
  {
    what: 'the requests of the Pod as a whole are too small for a sidecar',
    since: 34,
    pod: app(requests('6Mi'), { resources: { requests: { memory: '8Mi' } } }),
    profile: side(requests('32Mi')),
    says: `the Pod's own resources.requests.memory is 8Mi, and with "side" its containers need 38Mi`,
  },
  {
    what: 'the requests of the Pod as a whole are too small for an init container',
    since: 34,
    pod: app(requests('6Mi'), { resources: { requests: { memory: '8Mi' } } }),
    profile: { initContainers: [container('side', requests('32Mi'))] },
    says: `the Pod's own resources.requests.memory is 8Mi, and with "side" its containers need 32Mi`,
  },
  {
    what: 'the limits of the Pod as a whole are too small for the requests together',
    since: 34,
    pod: app({ resources: { limits: { cpu: '300m' } } }, { resources: { limits: { cpu: '500m' } } }),
    profile: side({ resources: { limits: { cpu: '300m' } } }),
    says: `the Pod's own resources.limits.cpu is 500m, and with "side" its containers need 600m`,
  },
]
