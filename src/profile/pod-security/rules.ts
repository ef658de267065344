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
 * from `podSpec`; without it, only what is wrong in every Pod is found. The rules are those of Kubernetes in version latest,
 * for what a profile can add: no hostNetwork, hostPID, hostIPC or sysctls. The standards allow every value of the fields that a profile
 * gives to the Pod as a whole, except annotations. `hostUsers: false` relaxes none of them.
 * https://github.com/kubernetes/kubernetes/tree/master/staging/src/k8s.io/pod-security-admission/policy
 */
export function violations(content: Content, level: Level, podSpec?: JsonObject): readonly Problem[] {
  if (level === 'privileged') return []
  const containers = (['initContainers', 'containers'] as const).flatMap(list =>
    items(content[list]).flatMap((container, i) => containerProblems(container, level, podSpec, [list, i])),
  )
  const volumes = items(content.volumes).flatMap((volume, i) => volumeProblems(volume, level, ['volumes', i]))
  return [...containers, ...volumes, ...annotationProblems(content.annotations)]
}

/** Fields of a container that may only have these values, or not be set. `*` is each item of a list. */
type Control = readonly [
  level: Exclude<Level, 'privileged'>,
  fields: readonly string[],
  allowed: readonly Json[],
  says?: string,
]

const capabilities =
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'
// Pod Security allows container_engine_t since 1.31 only.
const seLinuxTypes = ['', 'container_t', 'container_init_t', 'container_kvm_t']
const profiles = ['securityContext.seccompProfile.type', 'securityContext.appArmorProfile.type']
const handlers = [
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle.postStart',
  'lifecycle.preStop',
]
const hosts = handlers.flatMap(handler => [`${handler}.httpGet.host`, `${handler}.tcpSocket.host`])

const controls: readonly Control[] = [
  ['baseline', ['securityContext.privileged'], [false], 'privileged containers are not allowed'],
  ['baseline', ['securityContext.windowsOptions.hostProcess'], [false], 'host processes are not allowed'],
  ['baseline', ['securityContext.capabilities.add.*'], capabilities.split(' ')],
  ['restricted', ['securityContext.capabilities.add.*'], ['NET_BIND_SERVICE']],
  ['baseline', ['ports.*.hostPort'], [0], 'host ports are not allowed'],
  ['baseline', ['securityContext.procMount'], ['', 'Default']],
  ['baseline', profiles, ['RuntimeDefault', 'Localhost']],
  ['baseline', ['securityContext.seLinuxOptions.type'], seLinuxTypes],
  ['baseline', ['securityContext.seLinuxOptions.user', 'securityContext.seLinuxOptions.role'], ['']],
  ['baseline', hosts, [''], 'probes and hooks that call another host are not allowed'],
]

/** Fields of a container's security context that the level restricted requires, in the container or in its Pod. */
interface Demand {
  readonly field: string
  readonly isMet: (value: Json | undefined) => boolean
  readonly says: string
  /** Whether the value of the Pod counts where the container has none. */
  readonly isInherited?: true
  /** Whether containers for Windows do not need it. */
  readonly isForLinux?: true
}

const demands: readonly Demand[] = [
  { field: 'runAsNonRoot', isMet: value => value === true, says: 'must be true', isInherited: true },
  {
    field: 'runAsUser',
    isMet: value => value !== 0,
    says: 'the user root is not allowed',
    isInherited: true,
  },
  {
    field: 'seccompProfile.type',
    isMet: value => value !== undefined,
    says: 'must be RuntimeDefault or Localhost',
    isInherited: true,
    isForLinux: true,
  },
  {
    field: 'allowPrivilegeEscalation',
    isMet: value => value === false,
    says: 'must be false',
    isForLinux: true,
  },
  {
    field: 'capabilities.drop',
    isMet: value => items(value).some(each => each === 'ALL' || each === open),
    says: 'must include "ALL"',
    isForLinux: true,
  },
]

function containerProblems(
  container: Json,
  level: Level,
  podSpec: JsonObject | undefined,
  path: Path,
): readonly Problem[] {
  const problems = controls.flatMap(([from, fields, allowed, says]) =>
    (from === 'baseline' || level === 'restricted' ? fields : []).flatMap(field =>
      valuesAt(container, field.split('.'))
        .filter(({ value }) => !allowed.includes(value))
        .map(found => problem([...path, ...found.path], says ?? onlyThese(allowed), from)),
    ),
  )
  return level === 'restricted' ? [...problems, ...omissions(container, podSpec, path)] : problems
}

function omissions(container: Json, podSpec: JsonObject | undefined, path: Path): readonly Problem[] {
  const isWindows = lookup(podSpec, ['os', 'name']) === 'windows'
  return demands.flatMap(({ field, isMet, says, isInherited, isForLinux }) => {
    const steps = ['securityContext', ...field.split('.')]
    const own = lookup(container, steps)
    const value = own === undefined && isInherited ? (podSpec ? lookup(podSpec, steps) : open) : own
    const isFine = value === open || isMet(value) || (isForLinux && isWindows)
    return isFine ? [] : [problem([...path, ...steps], says, 'restricted')]
  })
}

const restrictedVolumes =
  'configMap csi downwardAPI emptyDir ephemeral persistentVolumeClaim projected secret'.split(' ')

function volumeProblems(volume: Json, level: Level, path: Path): readonly Problem[] {
  if (!isObject(volume)) return []
  const types = Object.keys(volume).filter(key => key !== 'name' && (volume[key] ?? null) !== null)
  return types.flatMap(type => {
    if (type === 'hostPath') return [problem([...path, type], 'hostPath volumes are not allowed', 'baseline')]
    if (level !== 'restricted' || restrictedVolumes.includes(type)) return []
    return [problem([...path, type], `${type} volumes are not allowed`, 'restricted')]
  })
}

/** The form before the field appArmorProfile; Kubernetes still reads it. https://kubernetes.io/docs/tutorials/security/apparmor/ */
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

function onlyThese(allowed: readonly Json[]): string {
  const named = allowed.filter(value => value !== '')
  return `only ${named.join(', ') || 'an empty value'} ${named.length > 1 ? 'are' : 'is'} allowed`
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
