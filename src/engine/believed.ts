import { isObject } from '../profile/json.ts'
import type { PodField, Profile } from '../profile/profile.ts'
import type { Template } from '../profile/template.ts'
import type { Injected, InjectedIntoApp } from './decision.ts'
import type { Status } from './status.ts'

/**
 * What of a status these profiles can have given: anybody can write the annotation, and a claim on
 * something of the author's would hide it from a profile's `requires`.
 */
export function believed({ profiles: claimed, ...rest }: Status, profiles: readonly Profile[]): Status {
  const given = profiles.flatMap(profile =>
    Object.hasOwn(claimed, profile.name)
      ? [[profile.name, givenBy(profile, claimed[profile.name]!)] as const]
      : [],
  )
  return { ...rest, profiles: Object.fromEntries(given) }
}

function givenBy(profile: Profile, { revision, app = {}, ...claimed }: Injected): Injected {
  const { pod, volumes } = profile
  const containers = new Set([...profile.containers, ...profile.initContainers].map(({ name }) => name))
  const isContainer = (name: string) => containers.has(name)
  return {
    revision,
    initContainers: only(claimed.initContainers, isContainer),
    containers: only(claimed.containers, isContainer),
    volumes: only(claimed.volumes, name => volumes.some(({ body }) => mayBeNamed(body, name))),
    labels: only(claimed.labels, key => hasKey(pod.labels, key)),
    annotations: only(claimed.annotations, key => hasKey(pod.annotations, key)),
    ...settings(claimed, pod),
    app: Object.fromEntries(
      Object.entries(app).map(([container, changes]) => [container, givenToApp(profile, changes)]),
    ),
  }
}

function settings(claimed: Omit<Injected, 'revision'>, pod: Profile['pod']): Omit<Injected, 'revision'> {
  const fields = ['imagePullSecrets', 'hostAliases', 'shareProcessNamespace', 'dnsConfig'] as const
  const given: readonly PodField[] = fields.filter(field => pod[field])
  return Object.fromEntries(Object.entries(claimed).filter(([field]) => given.some(one => one === field)))
}

function givenToApp({ appContainers }: Profile, changes: InjectedIntoApp): InjectedIntoApp {
  const templates = (list: 'env' | 'envFrom' | 'volumeMounts') => appContainers.flatMap(entry => entry[list])
  const [env, envFrom, volumeMounts] = [templates('env'), templates('envFrom'), templates('volumeMounts')]
  return {
    env: only(changes.env, name => env.some(template => mayBeNamed(template, name))),
    envFrom: only(changes.envFrom, () => envFrom.length > 0),
    volumeMounts: only(changes.volumeMounts, () => volumeMounts.length > 0),
  }
}

function only(names: readonly string[] | undefined, isGiven: (name: string) => boolean): readonly string[] {
  return (names ?? []).filter(isGiven)
}

/** Whether a template can give an object of that name; one that an expression gives can have any. */
function mayBeNamed(template: Template, name: string): boolean {
  if (template.kind === 'when') return mayBeNamed(template.body, name)
  if (template.kind === 'constant') return isObject(template.value) && template.value['name'] === name
  if (template.kind !== 'object') return true
  const member = template.members.find(([key]) => key === 'name')?.[1]
  return member?.kind !== 'constant' || member.value === name
}

function hasKey(template: Template | undefined, key: string): boolean {
  if (template?.kind === 'object') return template.members.some(([member]) => member === key)
  return template?.kind === 'constant' && isObject(template.value) && Object.hasOwn(template.value, key)
}
