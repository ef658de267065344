import { collect } from '../profile/accept/profiles.ts'
import { accepts, parseParameter } from '../profile/parameters.ts'
import { levelLabel } from '../profile/pod-security/level.ts'
import type { Profile } from '../profile/profile.ts'
import type { Parameter } from '../profile/schema/schema.ts'
import { decide } from './decide.ts'
import { applied } from './patch/apply.ts'
import { annotation, type Container, type Pod, type Strings } from './pod.ts'

/** A Pod with one profile injected, or why none could be made, in a sentence. */
export type Sample = { readonly pod: Pod } | { readonly missing: string }

/**
 * The profile in a sample Pod, to be shown to the API server: in a Pod that is as plain as can be, of one app
 * container and those that the profile selects by name, with the `example` of each parameter, else its default, else a
 * simple value. If the plain Pod does not meet what the examples require, the defaults are tried instead. Where a profile may be used does not matter here. The Pod asks for nothing any more: no webhook of
 * ours is called for it.
 */
export function sampleOf(profile: Profile, kubernetesVersion: string): Sample {
  const withExamples = sampleWith(profile, true, kubernetesVersion)
  if ('pod' in withExamples) return withExamples
  const withDefaults = sampleWith(profile, false, kubernetesVersion)
  return 'pod' in withDefaults ? withDefaults : withExamples
}

function sampleWith(profile: Profile, prefersExamples: boolean, kubernetesVersion: string): Sample {
  const { usableIn: _, autoInject: __, ...anywhere } = profile
  const values = sampleValues(profile, prefersExamples)
  if ('missing' in values) return values
  const pod = plainPod(profile, { [annotation.inject]: profile.name, ...values.annotations })
  // What the profile may hold in its namespace is judged without a Pod.
  const labels = { [levelLabel]: 'privileged' }
  const namespace = { name: profile.namespace ?? 'default', labels, annotations: {} }
  const decision = decide({ pod, namespace, operation: 'CREATE' }, collect([anywhere]).profiles, {
    kubernetesVersion,
    excludedNamespaces: new Set(),
  })
  if (decision.outcome === 'denied' || decision.outcome === 'skipped')
    return { missing: `a sample Pod does not get it: ${decision.message}` }
  return { pod: withoutOurs(applied(pod, decision.patch)) }
}

/** In annotations of the Pod. An optional parameter is left out when it takes none of the simple values. */
function sampleValues(
  { name, parameters }: Profile,
  prefersExamples: boolean,
): { readonly annotations: Strings } | { readonly missing: string } {
  const annotations: Record<string, string> = {}
  for (const [parameter, declared] of Object.entries(parameters)) {
    const { example, default: fallback, required } = declared
    if (fallback !== undefined && !(prefersExamples && example !== undefined)) continue
    const value = candidates(declared).find(candidate => 'value' in parseParameter(declared, candidate))
    if (value !== undefined) annotations[`${annotation.prefix}${name}.${parameter}`] = value
    else if (required)
      return {
        missing: `parameter ${parameter} takes none of the simple values (${accepts(declared)}): add an example to spec.parameters.${parameter}`,
      }
  }
  return { annotations }
}

/** Tried in turn: nothing but trying tells whether a pattern or a bound takes a value. */
function candidates({ type, example, enum: allowed = [], minimum, maximum }: Parameter): readonly string[] {
  const simple = simpleValues[type]
  const tried = type === 'quantity' ? [...simple, minimum, maximum] : [minimum, maximum, ...simple]
  return [example, ...allowed, ...tried].flatMap(each => (each === undefined ? [] : String(each)))
}

const simpleValues: Readonly<Record<Parameter['type'], readonly string[]>> = {
  string: ['sample'],
  integer: ['1', '0'],
  number: ['1', '0'],
  boolean: ['true'],
  quantity: ['64Mi', '100m'],
}

/** What the strictest Pod security standard lets pass: what is refused then is the profile's. */
function plainPod(profile: Profile, annotations: Strings): Pod {
  const [name = 'app', ...others] = appNames(profile)
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: 'pillion-proof-',
      labels: { app: 'sample', 'app.kubernetes.io/name': 'sample' },
      annotations,
    },
    spec: {
      containers: [
        { ...plainContainer(name), ports: [{ name: 'sample', containerPort: samplePort }] },
        ...others.map(plainContainer),
      ],
    },
  }
}

// Nobody's: an expression may ask for the app's port, and a sidecar may have one of its own.
const samplePort = 61_234

/** Those that the profile selects by name, or one that has no name of the profile's own. */
function appNames({ appContainers, containers, initContainers }: Profile): readonly string[] {
  const own = new Set([...containers, ...initContainers].map(({ name }) => name))
  const selected = appContainers.flatMap(({ select }) => (Array.isArray(select) ? (select as string[]) : []))
  const free = [...new Set(selected)].filter(name => !own.has(name))
  if (free.length > 0) return free
  return [['app', 'sample', 'pillion-sample-app'].find(name => !own.has(name)) ?? 'pillion-sample']
}

function plainContainer(name: string): Container {
  return {
    name,
    image: 'registry.k8s.io/pause:3.10',
    securityContext: {
      runAsNonRoot: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
  }
}

function withoutOurs(pod: Pod): Pod {
  const { annotations = {}, ...metadata } = pod.metadata ?? {}
  const others = Object.entries(annotations).filter(([key]) => !key.startsWith(annotation.prefix))
  return { ...pod, metadata: { ...metadata, annotations: Object.fromEntries(others) } }
}
