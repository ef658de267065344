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
 * container and those that the profile selects by name, with a plausible value for each parameter that has no
 * default. Where a profile may be used does not matter here. The Pod asks for nothing any more: no webhook of
 * ours is called for it.
 */
export function sampleOf(profile: Profile, kubernetesVersion: string): Sample {
  const { usableIn: _, autoInject: __, ...anywhere } = profile
  const values = sampleValues(profile)
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

/** In annotations of the Pod. A parameter that need not be there is left out when nothing plausible is found. */
function sampleValues({
  name,
  parameters,
}: Profile): { readonly annotations: Strings } | { readonly missing: string } {
  const annotations: Record<string, string> = {}
  for (const [parameter, declared] of Object.entries(parameters)) {
    if (declared.default !== undefined) continue
    const value = candidates(declared).find(candidate => 'value' in parseParameter(declared, candidate))
    if (value !== undefined) annotations[`${annotation.prefix}${name}.${parameter}`] = value
    else if (declared.required)
      return {
        missing: `no value is known that its parameter ${parameter} would take (${accepts(declared)}); a default would be one`,
      }
  }
  return { annotations }
}

function candidates({ type, enum: allowed = [], minimum, maximum }: Parameter): readonly string[] {
  const bounds = [minimum, maximum].flatMap(bound => (bound === undefined ? [] : [String(bound)]))
  return [...allowed.map(String), ...(type === 'quantity' ? [] : bounds), ...plausible[type], ...bounds]
}

/** Tried in turn, because a pattern can be asked only whether it takes a value. */
const plausible: Readonly<Record<Parameter['type'], readonly string[]>> = {
  string: [
    'sample',
    '/var/sample',
    'sample.example.com',
    'https://sample.example.com',
    'https://sample.example.com/path',
    'sample.example.com:8080',
    'sample@example.com',
    'registry.example/sample:1.0',
    'sample=value',
    'sample.txt',
    '8080',
    ':8080',
    '0644',
    '10s',
    '1.0.0',
    'v1.0.0',
    'info',
    'SAMPLE',
    'true',
    '10.0.0.1',
    '10.0.0.0/8',
    '64Mi',
    '* * * * *',
    'a',
    'A',
    '1',
    '{}',
    '0123456789abcdef',
    '01234567-89ab-cdef-0123-456789abcdef',
    '',
  ],
  integer: ['1', '0'],
  number: ['1', '0.5', '0'],
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
