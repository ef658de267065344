import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../json/json.ts'
import { fieldPath } from '../../problems/problem.ts'
import { type Content, levels, open, violations } from './rules.ts'

// That the verdicts are those of Pod Security itself: test/apiserver/pod-security.test.ts.
const fine = {
  runAsNonRoot: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
}
const containers = (securityContext: JsonObject, more: JsonObject = {}): Content => ({
  containers: [{ name: 'b', securityContext, ...more }],
})
const placesOf = (content: Content, level: (typeof levels)[number], podSpec?: JsonObject) =>
  violations(content, level, podSpec).map(({ path }) => fieldPath(path))

describe('violations', () => {
  it('are none at the level privileged', () => {
    expect(placesOf(containers({ privileged: true }), 'privileged')).toEqual([])
  })

  // https://kubernetes.io/docs/concepts/security/pod-security-standards/
  it.each<{
    fine: JsonObject
    wrong: JsonObject
    at: string
    says: string
    level?: 'baseline' | 'restricted'
  }>([
    {
      fine: { securityContext: { privileged: false } },
      wrong: { securityContext: { privileged: true } },
      at: 'securityContext.privileged',
      says: 'privileged containers are not allowed',
    },
    {
      fine: { securityContext: { windowsOptions: { hostProcess: false } } },
      wrong: { securityContext: { windowsOptions: { hostProcess: true } } },
      at: 'securityContext.windowsOptions.hostProcess',
      says: 'host processes are not allowed',
    },
    {
      fine: { securityContext: { capabilities: { add: ['CHOWN'] } } },
      wrong: { securityContext: { capabilities: { add: ['CHOWN', 'SYS_TIME'] } } },
      at: 'securityContext.capabilities.add[1]',
      says: 'only AUDIT_WRITE, CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, MKNOD, NET_BIND_SERVICE, SETFCAP, SETGID, SETPCAP, SETUID, SYS_CHROOT are allowed',
    },
    {
      fine: { securityContext: { capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] } } },
      wrong: { securityContext: { capabilities: { add: ['CHOWN'], drop: ['ALL'] } } },
      at: 'securityContext.capabilities.add[0]',
      says: 'only NET_BIND_SERVICE is allowed',
      level: 'restricted',
    },
    {
      fine: { ports: [{ hostPort: 0 }] },
      wrong: { ports: [{}, { hostPort: 80 }] },
      at: 'ports[1].hostPort',
      says: 'host ports are not allowed',
    },
    {
      fine: { securityContext: { procMount: 'Default' } },
      wrong: { securityContext: { procMount: 'Unmasked' } },
      at: 'securityContext.procMount',
      says: 'only Default is allowed',
    },
    {
      fine: { securityContext: { seccompProfile: { type: 'Localhost' } } },
      wrong: { securityContext: { seccompProfile: { type: 'Unconfined' } } },
      at: 'securityContext.seccompProfile.type',
      says: 'only RuntimeDefault, Localhost are allowed',
    },
    {
      fine: { securityContext: { seLinuxOptions: { user: '' } } },
      wrong: { securityContext: { seLinuxOptions: { user: 'root' } } },
      at: 'securityContext.seLinuxOptions.user',
      says: 'only an empty value is allowed',
    },
    {
      fine: { livenessProbe: { httpGet: { host: '' } } },
      wrong: { livenessProbe: { httpGet: { host: 'example.com' } } },
      at: 'livenessProbe.httpGet.host',
      says: 'probes and hooks that call another host are not allowed',
    },
  ])(
    'are what the standards do not allow in a container: $at',
    ({ fine, wrong, at, says, level = 'baseline' }) => {
      const found = (container: JsonObject, list = 'containers') =>
        violations({ [list]: [{ name: 'a' }, container] }, level).filter(({ path }) => path[1] === 1)
      const onlyThis = (container: JsonObject) =>
        found(container).filter(({ message }) => message.startsWith(says))
      expect(onlyThis(fine)).toEqual([])
      expect(onlyThis(wrong).map(({ path, message }) => `${fieldPath(path)}: ${message}`)).toEqual([
        `containers[1].${at}: ${says} by the Pod Security level ${level}`,
      ])
      expect(found(wrong, 'initContainers').map(({ path }) => fieldPath(path))).toContain(
        `initContainers[1].${at}`,
      )
      if (level === 'restricted') expect(violations({ containers: [wrong] }, 'baseline')).toEqual([])
    },
  )

  it.each([
    { what: 'drops not all', own: { capabilities: { drop: ['KILL'] } }, at: ['capabilities.drop'] },
    { what: 'drops all', own: {}, at: [] },
    { what: 'is root', own: { runAsUser: 0 }, at: ['runAsUser'] },
    { what: 'is another user', own: { runAsUser: 1 }, at: [] },
    { what: 'may be root', own: { runAsNonRoot: null }, at: ['runAsNonRoot'] },
  ])('are found at the level restricted in a container that $what', ({ own, at }) => {
    const found = placesOf(containers({ ...fine, ...own }), 'restricted', { securityContext: {} })
    expect(found).toEqual(at.map(field => `containers[0].securityContext.${field}`))
  })

  it('count the security context of the Pod where the container has none', () => {
    const { runAsNonRoot, seccompProfile, ...own } = fine
    const inPod = (securityContext: JsonObject) =>
      placesOf(containers(own), 'restricted', { securityContext })
    expect(inPod({ runAsNonRoot, seccompProfile })).toEqual([])
    const unset = { ...own, runAsNonRoot: null, seccompProfile: { type: null } }
    const inherited = { securityContext: { runAsNonRoot, seccompProfile } }
    expect(placesOf(containers(unset), 'restricted', inherited)).toEqual([])
    expect(inPod({ runAsNonRoot, seccompProfile, runAsUser: 0 })).toEqual([
      'containers[0].securityContext.runAsUser',
    ])
    expect(inPod({ seccompProfile })).toEqual(['containers[0].securityContext.runAsNonRoot'])
  })

  it.each([
    { volume: { name: 'a', emptyDir: {} }, baseline: [], restricted: [] },
    { volume: { name: 'a', hostPath: {} }, baseline: ['hostPath'], restricted: ['hostPath'] },
    { volume: { name: 'a', nfs: {} }, baseline: [], restricted: ['nfs'] },
    { volume: { name: 'a', hostPath: null, secret: {} }, baseline: [], restricted: [] },
    { volume: 'odd', baseline: [], restricted: [] },
    { volume: null, baseline: [], restricted: [] },
  ])('are, in the volume $volume, $baseline at baseline and $restricted at restricted', each => {
    for (const level of ['baseline', 'restricted'] as const)
      expect(placesOf({ volumes: [{ name: 'b' }, each.volume] }, level)).toEqual(
        each[level].map(type => `volumes[1].${type}`),
      )
  })

  it.each<{ key?: string; value: Json; isFine: boolean }>([
    { value: 'runtime/default', isFine: true },
    { value: 'localhost/mine', isFine: true },
    { value: '', isFine: true },
    { value: open, isFine: true },
    { value: 'unconfined', isFine: false },
    { value: 'mine/localhost/', isFine: false },
    { value: null, isFine: false },
    { key: 'example.com/apparmor', value: 'unconfined', isFine: true },
  ])('are in the annotation for AppArmor $key with $value? $isFine', ({ key, value, isFine }) => {
    const name = key ?? 'container.apparmor.security.beta.kubernetes.io/a'
    const message = 'only runtime/default and localhost/* are allowed by the Pod Security level baseline'
    expect(violations({ annotations: { other: 'x', [name]: value } }, 'baseline')).toEqual(
      isFine ? [] : [{ path: ['annotations', name], message }],
    )
  })

  it.each([
    { what: 'an expression', value: open },
    { what: 'null', value: null },
  ])('are none where the value is $what', ({ value }) => {
    const unknown = {
      privileged: value,
      procMount: value,
      seccompProfile: value,
      seLinuxOptions: value,
      capabilities: { add: value, drop: ['ALL'] },
    }
    expect(placesOf(containers(unknown, { ports: value, lifecycle: value }), 'baseline')).toEqual([])
  })

  it('are none where an expression may give what the level restricted wants', () => {
    for (const securityContext of [
      open,
      {
        ...fine,
        runAsNonRoot: open,
        allowPrivilegeEscalation: open,
        capabilities: open,
        seccompProfile: open,
      },
      { ...fine, capabilities: { drop: [open] } },
    ])
      expect(placesOf(containers(securityContext), 'restricted', {})).toEqual([])
  })

  it('say what the level restricted wants in every Pod, and in a Pod that does not set it', () => {
    const everywhere = ['allowPrivilegeEscalation', 'capabilities.drop']
    const path = (field: string) => `containers[0].securityContext.${field}`
    expect(placesOf(containers({}), 'restricted')).toEqual(everywhere.map(path))
    const here = ['runAsNonRoot', 'seccompProfile.type', ...everywhere]
    expect(placesOf(containers({}), 'restricted', {})).toEqual(here.map(path))
  })

  it('leave out for Windows what Windows does not have', () => {
    const podSpec = { os: { name: 'windows' } }
    expect(placesOf(containers({ runAsNonRoot: true }), 'restricted', podSpec)).toEqual([])
  })

  it('name the level that refuses: of a restricted Pod, too, that is baseline for some', () => {
    const content = { volumes: [{ name: 'a', hostPath: {} }, { name: 'b', nfs: {} }, { name: 'c' }] }
    expect(violations(content, 'restricted').map(({ message }) => message)).toEqual([
      'hostPath volumes are not allowed by the Pod Security level baseline',
      'nfs volumes are not allowed by the Pod Security level restricted',
    ])
  })

  it('go on where the content has another shape than it should', () => {
    const odd: Content = {
      containers: [1, null, { securityContext: 'x', ports: {} }],
      volumes: 'x',
      annotations: [],
    }
    expect(placesOf(odd, 'baseline')).toEqual([])
  })

  it('are no fewer at a stricter level, and no fewer in a Pod than without one', () => {
    const word = fc.constantFrom<Json>(
      '',
      'Unconfined',
      'RuntimeDefault',
      'spc_t',
      'SYS_TIME',
      'ALL',
      true,
      false,
      0,
      1,
      open,
    )
    const securityContext = fc.record(
      {
        privileged: word,
        procMount: word,
        runAsUser: word,
        runAsNonRoot: word,
        allowPrivilegeEscalation: word,
        seccompProfile: fc.record({ type: word }),
        seLinuxOptions: fc.record({ type: word, user: word }),
        capabilities: fc.record({ add: fc.array(word), drop: fc.array(word) }),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(securityContext, context => {
        const content = containers(context as unknown as JsonObject)
        const found = levels.map(level => new Set(placesOf(content, level)))
        const inPod = new Set(placesOf(content, 'restricted', {}))
        const [, baseline, restricted] = found as [Set<string>, Set<string>, Set<string>]
        expect(baseline.isSubsetOf(restricted)).toBe(true)
        expect(restricted.isSubsetOf(inPod)).toBe(true)
      }),
    )
  })
})
