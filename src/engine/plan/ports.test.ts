import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { container, decideOn, olderCluster, podAsking, profilesOf } from '../decide.fixture.ts'

/** What is said of a sidecar with these ports, in a Pod whose containers have those; empty if it is injected. */
function said(wants: readonly JsonObject[], has: JsonObject, circumstances = {}): string {
  const profiles = profilesOf({ logging: { containers: [container('ship', { ports: wants })] } })
  const { outcome, message } = decideOn(podAsking('logging', has), profiles, circumstances)
  return outcome === 'injected' ? '' : message
}

const app = (...ports: readonly JsonObject[]) => ({ containers: [container('app', { ports })] })
const http = { containerPort: 80 }
const node = (hostPort: number, hostIP?: string, containerPort = 80) => ({
  containerPort,
  hostPort,
  ...(hostIP !== undefined && { hostIP }),
})
const taken = (what: string) =>
  `profile logging: ${what} of container "ship" is in use by container "app" of the Pod`

describe('a port of a new sidecar', () => {
  it.each<{ what: string; wants: JsonObject; has: JsonObject; says: string }>([
    {
      what: 'TCP is the default of both',
      wants: { ...http, protocol: 'TCP' },
      has: { ...http, protocol: '' },
      says: 'port 80/TCP',
    },
    {
      what: 'the same of UDP',
      wants: { ...http, protocol: 'UDP' },
      has: { ...http, protocol: 'UDP' },
      says: 'port 80/UDP',
    },
    { what: 'of the node', wants: node(8080, undefined, 81), has: node(8080), says: 'hostPort 8080/TCP' },
    {
      what: 'of the node, at one address',
      wants: node(8080, '10.0.0.1', 81),
      has: node(8080, '10.0.0.1'),
      says: 'hostPort 8080/TCP',
    },
    ...['', '0.0.0.0', '::'].flatMap(every => [
      {
        what: `at every address (${every}), and one has it`,
        wants: node(8080, every, 81),
        has: node(8080, '10.0.0.1'),
        says: 'hostPort 8080/TCP',
      },
      {
        what: `at one address, and every one (${every}) has it`,
        wants: node(8080, '10.0.0.1', 81),
        has: node(8080, every),
        says: 'hostPort 8080/TCP',
      },
    ]),
  ])('is in use: $what', ({ wants, has, says }) => {
    expect(said([wants], app(has))).toBe(taken(says))
  })

  it.each<{ what: string; wants: JsonObject; has: JsonObject }>([
    { what: 'another number', wants: { containerPort: 81 }, has: http },
    { what: 'another protocol', wants: { ...http, protocol: 'UDP' }, has: http },
    { what: 'another port of the node', wants: node(8081, undefined, 81), has: node(8080) },
    { what: 'another address of the node', wants: node(8080, '10.0.0.2', 81), has: node(8080, '10.0.0.1') },
    {
      what: 'another protocol at the node',
      wants: { ...node(8080, undefined, 81), protocol: 'UDP' },
      has: node(8080),
    },
    { what: 'no port of the node', wants: { containerPort: 81, hostPort: 0 }, has: { ...http, hostPort: 0 } },
  ])('is free: $what', ({ wants, has }) => {
    expect(said([wants], app(has))).toBe('')
  })

  it('is looked for at each address on which others listen', () => {
    const two = app(node(8080, '10.0.0.1'), node(8080, '10.0.0.2', 81))
    expect(said([node(8080, '10.0.0.1', 82)], two)).toBe(taken('hostPort 8080/TCP'))
    expect(said([node(8080, '10.0.0.2', 82)], two)).toBe(taken('hostPort 8080/TCP'))
    expect(said([node(8080, '10.0.0.3', 82)], two)).toBe('')
  })

  it('is that of a native sidecar of the Pod, too, and not that of an init container that has ended', () => {
    const beside = (fields: JsonObject) => ({
      containers: [container('web')],
      initContainers: [container('app', { ports: [http], ...fields })],
    })
    expect(said([http], beside({ restartPolicy: 'Always' }))).toBe(taken('port 80/TCP'))
    expect(said([http], beside({}))).toBe('')
    expect(said([http], app(http), { cluster: olderCluster })).toBe(taken('port 80/TCP'))
  })

  it('of an init container is free again when the others start', () => {
    const profiles = profilesOf({ logging: { initContainers: [container('prepare', { ports: [http] })] } })
    expect(decideOn(podAsking('logging', app(http)), profiles).outcome).toBe('injected')
  })

  it('is in use by an earlier profile', () => {
    const side = (name: string) => ({ containers: [container(name, { ports: [http] })] })
    const profiles = profilesOf({ one: side('one'), two: side('two') })
    expect(decideOn(podAsking('one,two'), profiles).message).toBe(
      'profile two: port 80/TCP of container "two" is in use by container "one" of profile one',
    )
  })
})

describe('a container that the expressions of its profile make invalid', () => {
  const made = (fields: JsonObject, parameters: JsonObject = {}) => {
    const profiles = profilesOf({
      logging: {
        parameters: {
          name: { type: 'string', default: 'http' },
          path: { type: 'string', default: '/logs' },
          ...parameters,
        },
        volumes: [
          { name: 'a', emptyDir: {} },
          { name: 'b', emptyDir: {} },
        ],
        containers: [container('ship', fields)],
      },
    })
    const { outcome, message } = decideOn(podAsking('logging'), profiles)
    return outcome === 'injected' ? '' : message
  }

  it('has two ports of one name', () => {
    const named = (first: string, second: string) =>
      made({
        ports: [
          { containerPort: 80, name: first },
          { containerPort: 81, name: second },
          { containerPort: 82 },
          { containerPort: 83 },
        ],
      })
    expect(named('http', '$(params.name)')).toBe(
      'profile logging: container "ship" would have two ports named "http": 80 and 81',
    )
    expect(named('grpc', '$(params.name)')).toBe('')
  })

  it('has two volumes at one path', () => {
    const mounted = (second: string) =>
      made({
        volumeMounts: [
          { name: 'a', mountPath: '/logs/' },
          { name: 'b', mountPath: second },
        ],
      })
    expect(mounted('$(params.path)')).toBe(
      'profile logging: container "ship" would have volume "a" and volume "b" at /logs',
    )
    expect(mounted('$(params.path)/more')).toBe('')
  })

  it('has a volume and a device at one path', () => {
    const device = (path: string) =>
      made({
        volumeMounts: [{ name: 'a', mountPath: '/logs' }],
        volumeDevices: [{ name: 'b', devicePath: path }],
      })
    expect(device('$(params.path)')).toContain('would have volume "a" and the device of volume "b" at /logs')
  })

  it.each([
    ['subPath', '/etc'],
    ['subPath', 'a/../../b'],
    ['subPathExpr', '..'],
  ])('mounts by a %s that leaves the volume: %s', (field, part) => {
    const parameters = { part: { type: 'string', default: part } }
    const mount = { name: 'a', mountPath: '/in', [field]: '$(params.part)' }
    expect(made({ volumeMounts: [mount] }, parameters)).toBe(
      `profile logging: container "ship" would mount volume "a" at /in by the path ${JSON.stringify(part)}, and only a path inside the volume is allowed`,
    )
    expect(made({ volumeMounts: [mount] }, { part: { type: 'string', default: 'a..b/c' } })).toBe('')
  })

  it('mounts by both subPath and subPathExpr', () => {
    const mount = {
      name: 'a',
      mountPath: '/in',
      subPath: '$(params.name)',
      subPathExpr: '$(params.?none)$(params.name)',
    }
    const parameters = { none: { type: 'string', default: '' } }
    expect(made({ volumeMounts: [mount] }, parameters)).toContain(' by both subPath and subPathExpr')
  })
})
