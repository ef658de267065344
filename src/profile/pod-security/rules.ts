import { isObject, type Json, type JsonObject, member } from '../../json/json.ts'
import type { Path, Problem } from '../../problems/problem.ts'

/** https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
export const levels = ['privileged', 'baseline', 'restricted'] as const
export type Level = (typeof levels)[number]

/** The part of what a profile adds to a Pod that Pod Security judges. */
export interface Content {
  readonly containers?: Json
  readonly initContainers?: Json
  readonly volumes?: Json
  /** `metadata.annotations` of the Pod. */
  readonly annotations?: Json
}

/** Stands for the result of an expression, which is not known yet and is not wrong. */
export const open: JsonObject = Object.freeze({})

/**
 * What the Pod Security level does not allow, with the path in the content. At the level restricted, containers inherit
 * from `podSpec`; without one only what is wrong in every Pod is found. The rules are those of
 * https://github.com/kubernetes/kubernetes/tree/master/staging/src/k8s.io/pod-security-admission/policy in version latest,
 * for what a profile may hold: it has no hostNetwork, hostPID, hostIPC and sysctls. The standards allow every value of the
 * fields that a profile gives to the Pod as a whole, annotations aside. Where Kubernetes relaxes a rule for a
 * Pod with `hostUsers: false` these rules stay.
 */
export function violations(content: Content, level: Level, podSpec?: JsonObject): readonly Problem[] {
  if (level === 'privileged') return []
  const inherited = podSpec && {
    securityContext: member(podSpec, 'securityContext'),
    os: member(podSpec, 'os'),
  }
  const containers = (['initContainers', 'containers'] as const).flatMap(list =>
    items(content[list]).flatMap((container, i) => containerProblems(container, level, inherited, [list, i])),
  )
  const volumes = items(content.volumes).flatMap((volume, i) => volumeProblems(volume, level, ['volumes', i]))
  return [...containers, ...volumes, ...annotationProblems(content.annotations)]
}

interface Control {
  readonly level: Exclude<Level, 'privileged'>
  /** From the container; `*` is each item of a list. */
  readonly fields: readonly string[]
  readonly allows: (value: Json) => boolean
  /** What is not allowed, or what is. */
  readonly says: string
}

const handlers = [
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle.postStart',
  'lifecycle.preStop',
]

/** Fields of a container that may not have every value. A field that is not set is allowed. */
const controls: readonly Control[] = [
  {
    level: 'baseline',
    fields: ['securityContext.privileged'],
    allows: value => value !== true,
    says: 'privileged containers are not allowed',
  },
  {
    level: 'baseline',
    fields: ['securityContext.windowsOptions.hostProcess'],
    allows: value => value !== true,
    says: 'host processes are not allowed',
  },
  {
    level: 'baseline',
    fields: ['securityContext.capabilities.add.*'],
    ...oneOf([
      'AUDIT_WRITE',
      'CHOWN',
      'DAC_OVERRIDE',
      'FOWNER',
      'FSETID',
      'KILL',
      'MKNOD',
      'NET_BIND_SERVICE',
      'SETFCAP',
      'SETGID',
      'SETPCAP',
      'SETUID',
      'SYS_CHROOT',
    ]),
  },
  {
    level: 'restricted',
    fields: ['securityContext.capabilities.add.*'],
    ...oneOf(['NET_BIND_SERVICE']),
  },
  {
    level: 'baseline',
    fields: ['ports.*.hostPort'],
    allows: value => value === 0,
    says: 'host ports are not allowed',
  },
  { level: 'baseline', fields: ['securityContext.procMount'], ...oneOf(['', 'Default']) },
  {
    level: 'baseline',
    fields: ['securityContext.seccompProfile.type', 'securityContext.appArmorProfile.type'],
    ...oneOf(['RuntimeDefault', 'Localhost']),
  },
  {
    level: 'baseline',
    fields: ['securityContext.seLinuxOptions.type'],
    ...oneOf(['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t']),
  },
  {
    level: 'baseline',
    fields: ['securityContext.seLinuxOptions.user', 'securityContext.seLinuxOptions.role'],
    allows: value => value === '',
    says: 'only an empty value is allowed',
  },
  {
    level: 'baseline',
    fields: handlers.flatMap(handler => [`${handler}.httpGet.host`, `${handler}.tcpSocket.host`]),
    allows: value => value === '',
    says: 'probes and hooks that call another host are not allowed',
  },
  {
    level: 'restricted',
    fields: ['securityContext.runAsUser'],
    allows: value => value !== 0,
    says: 'the user root is not allowed',
  },
]

function containerProblems(
  container: Json,
  level: Level,
  inherited: JsonObject | undefined,
  path: Path,
): readonly Problem[] {
  const problems = controls
    .filter(control => control.level === 'baseline' || level === 'restricted')
    .flatMap(control =>
      control.fields.flatMap(field =>
        valuesAt(container, field.split('.'))
          .filter(({ value }) => !control.allows(value))
          .map(found => problem([...path, ...found.path], control.says, control.level)),
      ),
    )
  return level === 'restricted' ? [...problems, ...omissions(container, inherited, path)] : problems
}

/** What the level restricted wants to be set: in the container, and of some fields in the container or its Pod. */
function omissions(container: Json, inherited: JsonObject | undefined, path: Path): readonly Problem[] {
  const own = (field: string) => lookup(container, ['securityContext', ...field.split('.')])
  const ofPod = (field: string) =>
    inherited ? lookup(inherited, ['securityContext', ...field.split('.')]) : open
  const isWindows = inherited !== undefined && lookup(inherited, ['os', 'name']) === 'windows'
  const wants = (field: string, says: string) =>
    problem([...path, 'securityContext', ...field.split('.')], says, 'restricted')
  const nonRoot = own('runAsNonRoot') ?? ofPod('runAsNonRoot')
  const rootUser = own('runAsUser') === undefined && ofPod('runAsUser') === 0
  const seccomp = own('seccompProfile.type') ?? ofPod('seccompProfile.type')
  const escalation = own('allowPrivilegeEscalation')
  const dropped = own('capabilities.drop')
  const dropsAll = dropped === open || items(dropped).some(each => each === 'ALL' || each === open)
  return [
    ...(nonRoot === true || nonRoot === open ? [] : [wants('runAsNonRoot', 'must be true')]),
    ...(rootUser ? [wants('runAsUser', 'the user root, as the Pod sets it, is not allowed')] : []),
    ...(seccomp !== undefined || isWindows
      ? []
      : [wants('seccompProfile.type', 'must be RuntimeDefault or Localhost')]),
    ...(escalation === false || escalation === open || isWindows
      ? []
      : [wants('allowPrivilegeEscalation', 'must be false')]),
    ...(dropsAll || isWindows ? [] : [wants('capabilities.drop', 'must include "ALL"')]),
  ]
}

const restrictedVolumes: ReadonlySet<string> = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
])

function volumeProblems(volume: Json, level: Level, path: Path): readonly Problem[] {
  if (!isObject(volume)) return []
  const types = Object.keys(volume).filter(key => key !== 'name' && (volume[key] ?? null) !== null)
  return types.flatMap(type => {
    if (type === 'hostPath') return [problem([...path, type], 'hostPath volumes are not allowed', 'baseline')]
    if (level !== 'restricted' || restrictedVolumes.has(type)) return []
    return [problem([...path, type], `${type} volumes are not allowed`, 'restricted')]
  })
}

/** Older than the field, and read still. https://kubernetes.io/docs/tutorials/security/apparmor/ */
const appArmor = 'container.apparmor.security.beta.kubernetes.io/'

function annotationProblems(annotations: Json | undefined): readonly Problem[] {
  if (!isObject(annotations)) return []
  return Object.entries(annotations).flatMap(([key, value = null]) => {
    if (!key.startsWith(appArmor) || value === open) return []
    const isAllowed = value === '' || value === 'runtime/default' || String(value).startsWith('localhost/')
    const says = 'only runtime/default and localhost/* are allowed'
    return isAllowed ? [] : [problem(['annotations', key], says, 'baseline')]
  })
}

function problem(path: Path, says: string, level: Level): Problem {
  return { path, message: `${says} by the Pod Security level ${level}` }
}

function oneOf(allowed: readonly string[]): Pick<Control, 'allows' | 'says'> {
  const named = allowed.filter(value => value !== '')
  return {
    allows: value => typeof value === 'string' && allowed.includes(value),
    says: `only ${named.join(', ')} ${named.length === 1 ? 'is' : 'are'} allowed`,
  }
}

/** Every value at a path of members that is set and known. */
function valuesAt(
  value: Json | undefined,
  [step, ...rest]: readonly string[],
  path: Path = [],
): readonly { readonly path: Path; readonly value: Json }[] {
  if (value === undefined || value === null || value === open) return []
  if (step === undefined) return [{ path, value }]
  if (step === '*') return items(value).flatMap((item, i) => valuesAt(item, rest, [...path, i]))
  return valuesAt(member(value, step), rest, [...path, step])
}

/** The value at a path; `open` when it is not known. */
function lookup(value: Json | undefined, [step, ...rest]: readonly string[]): Json | undefined {
  if (value === null || value === undefined) return undefined
  if (value === open || step === undefined) return value
  return lookup(member(value, step), rest)
}

function items(list: Json | undefined): readonly Json[] {
  return Array.isArray(list) ? list : []
}
