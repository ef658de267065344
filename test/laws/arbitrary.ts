import fc from 'fast-check'
import { apply } from '../../src/engine/decide.fixture.ts'
import { decide } from '../../src/engine/decide.ts'
import type { Cluster, Decision } from '../../src/engine/decision.ts'
import type { Pod } from '../../src/engine/pod.ts'
import type { Json, JsonObject } from '../../src/json/json.ts'
import { collect, type Profiles } from '../../src/profile/accept/profiles.ts'
import { podPlaces, podRows } from '../../src/profile/places.ts'
import type { Profile } from '../../src/profile/profile.ts'
import { readProfile } from '../../src/profile/read.ts'
import type { PodField } from '../../src/profile/schema/schema.ts'
import { profile } from './profile-arbitrary.ts'
import { mostly, podFieldValue } from './value-arbitrary.ts'

/** Random Pods and profiles from small pools of names, so that they meet, share and clash often. */
export const cluster: Cluster = { kubernetesVersion: '1.34', excludedNamespaces: new Set(['kube-system']) }
export const namespace = { name: 'default', labels: { team: 'a' }, annotations: {} }

const volumeName = fc.constantFrom('logs', 'data', 'cache')
const path = fc.constantFrom('/var/log/app', '/data', '/cache/', '/etc/app')
const variable = fc.record({
  name: fc.constantFrom('A', 'B', 'LOG_PATH'),
  value: fc.constantFrom('', '1', '$(A)', '/x'),
})
const mount = fc.record({ name: volumeName, mountPath: path }, { requiredKeys: ['name', 'mountPath'] })
const port = fc.record(
  { containerPort: fc.constantFrom(80, 4318, 9090), protocol: fc.constantFrom('TCP', 'UDP') },
  { requiredKeys: ['containerPort'] },
)
const unknownFields = fc.record(
  { 'x-foreign': fc.jsonValue(), terminationMessagePath: fc.constant('/dev/log') },
  { requiredKeys: [] },
)

function list<T>(item: fc.Arbitrary<T>, maxLength: number, key: (item: T) => unknown): fc.Arbitrary<T[]> {
  return fc.uniqueArray(item, { maxLength, selector: key })
}

function container(name: fc.Arbitrary<string>) {
  const fields = fc.record(
    {
      name,
      image: fc.constantFrom('nginx:1.29', 'registry.example/team/app@sha256:0123', 'busybox'),
      env: list(variable, 3, ({ name }) => name),
      envFrom: fc.array(
        fc.record({ configMapRef: fc.record({ name: fc.constantFrom('settings', 'more') }) }),
        { maxLength: 2 },
      ),
      volumeMounts: list(mount, 2, ({ mountPath }) => mountPath.replace(/\/$/, '')),
      ports: list(port, 2, JSON.stringify),
      resources: fc.constant({ requests: { cpu: '100m' } }),
    },
    { requiredKeys: ['name', 'image'] },
  )
  return fc.tuple(fields, unknownFields).map(([known, unknown]) => ({ ...unknown, ...known }))
}

function podFieldValues(from: 'metadata' | 'spec'): Record<string, fc.Arbitrary<Json>> {
  return Object.fromEntries(
    podRows.flatMap(([field, place]) => (place.in === from ? [[field, podFieldValue(field)]] : [])),
  )
}

// Seldom the name of a sidecar.
const appName = fc.constantFrom('app', 'app', 'web', 'web', 'db', 'db', 'worker', 'worker', 'ship')
const requests = fc.oneof(
  {
    weight: 40,
    arbitrary: fc.constantFrom(
      'alpha',
      'beta',
      'gamma',
      'alpha, beta',
      'beta,alpha',
      'alpha,beta,gamma',
      'gamma , alpha',
    ),
  },
  { weight: 1, arbitrary: fc.constant('none') },
)

export const pods: fc.Arbitrary<Pod> = fc
  .record({
    request: requests,
    parameters: fc.record(
      { 'pillion.dev/alpha.path': path, 'pillion.dev/beta.port': fc.constantFrom('1', '80', '4318') },
      { requiredKeys: [] },
    ),
    metadata: fc.record(
      {
        name: fc.constant('pod'),
        labels: fc.dictionary(fc.constantFrom('app', 'team'), fc.constantFrom('x', 'y')),
        annotations: fc.record(
          { 'example.com/other': fc.string(), 'kubectl.kubernetes.io/default-container': appName },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: [] },
    ),
    spec: fc.record(
      {
        containers: fc.uniqueArray(container(appName), {
          minLength: 1,
          maxLength: 4,
          selector: ({ name }) => name,
        }),
        initContainers: fc.uniqueArray(container(fc.constantFrom('setup', 'migrate', 'istio-init')), {
          maxLength: 2,
          selector: ({ name }) => name,
        }),
        volumes: list(
          fc.record({ name: volumeName, emptyDir: fc.constantFrom({}, { medium: 'Memory' }) }),
          3,
          ({ name }) => name,
        ),
        restartPolicy: mostly('Always', 'Never'),
        'x-foreign': fc.jsonValue(),
      },
      { requiredKeys: ['containers'] },
    ),
    fields: fc.oneof(
      { weight: 9, arbitrary: fc.constant({}) },
      { weight: 1, arbitrary: fc.record(podFieldValues('spec'), { requiredKeys: [] }) },
    ),
  })
  .map(({ request, parameters, metadata, spec, fields }) => ({
    metadata: {
      ...metadata,
      annotations: { ...metadata.annotations, ...parameters, 'pillion.dev/inject': request },
    },
    spec: { ...spec, ...fields },
  }))
  // As it would arrive: -0 and undefined are no JSON.
  .map(pod => JSON.parse(JSON.stringify(pod))) as unknown as fc.Arbitrary<Pod>

/** What a `requires` may look at: each place to which a profile may add something, and what is beside it. */
const requirementOfList = fc.constantFrom(
  'size(pod.spec.containers) < 3',
  'size(pod.spec.?initContainers.orValue([])) < 2',
  'size(pod.spec.?volumes.orValue([])) < 2',
  '!has(pod.spec.volumes) || pod.spec.volumes.all(v, has(v.emptyDir) && !has(v.emptyDir.medium))',
  'pod.spec.containers.all(c, !has(c.env))',
  'pod.spec.containers.all(c, !has(c.envFrom) || size(c.envFrom) < 2)',
  'pod.spec.containers.all(c, !has(c.volumeMounts))',
  'pod.spec.containers.all(c, !has(c.ports))',
  'pod.spec.containers.all(c, !has(c.securityContext))',
  'pod.spec.?initContainers.orValue([]).all(c, !has(c.securityContext) && c.image.startsWith("busybox"))',
  'pod.spec.containers.all(c, c.?image.orValue("").startsWith("nginx"))',
  '!has(app.volumeMounts) || app.volumeMounts.all(m, m.mountPath != "/data")',
  'size(pod.metadata.?labels.orValue({})) < 2',
  'pod.metadata.?labels.?alpha != optional.of("no")',
  'size(pod.metadata.annotations) < 3',
  '!pod.spec.?shareProcessNamespace.orValue(false)',
)
const requirementOfField = fc.constantFrom(
  ...podRows.flatMap(([field, place]) => (place.in === 'spec' ? [`!has(pod.spec.${field})`] : [])),
)
// Nearly each Pod meets one of these.
const requirement = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('size(pod.spec.containers) < 9', 'pod.metadata.annotations.size() > 0'),
  },
  { weight: 2, arbitrary: requirementOfList },
  { weight: 1, arbitrary: requirementOfField },
)

/** Three profiles as documents. */
function documents(isAlone: boolean): fc.Arbitrary<readonly Json[]> {
  const named = (name: string, others: string[]) =>
    profile(
      { name, others, sidecars: isAlone ? [`${name}-ship`, `${name}-scrape`] : ['ship', 'scrape', 'guard'] },
      isAlone,
    )
  return fc.tuple(named('alpha', ['beta']), named('beta', ['gamma']), named('gamma', ['alpha']))
}

/**
 * Three documents as profiles in use. To read a profile takes longer than to decide about a Pod, so each of the three
 * is drawn from a pool that the laws of a process share and that is read once: as large as a law has cases, so that
 * these meet as many profiles, each in other company. A pool is drawn from the seed of the run, so the seed that a
 * counterexample prints repeats it.
 */
export function inUse(documents: fc.Arbitrary<readonly Json[]>, size = 1_000): fc.Arbitrary<Profiles> {
  let pool: readonly (readonly Pooled[])[] | undefined
  const which = fc.noBias(fc.nat(size - 1))
  return fc.tuple(which, which, which).map(drawn => {
    pool ??= fc.sample(documents, size).map(three => three.map(pooled))
    const three = drawn.map((set, position) => pool![set]![position]!)
    const { profiles } = collect(three.map(({ profile }) => profile()))
    // A counterexample is read by people.
    return {
      ...profiles,
      [fc.toStringMethod]: () => JSON.stringify(three.map(({ document }) => document)),
    } as Profiles
  })
}

interface Pooled {
  readonly document: Json
  /** The document as a profile in use; throws where it is not valid. */
  readonly profile: () => Profile
}

function pooled(document: Json): Pooled {
  let profile: Profile | undefined
  return { document, profile: () => (profile ??= accepted(document)) }
}

/** Documents of profiles that may share names with each other and with the Pod. */
export const profileDocuments = documents(false)
export const profiles = inUse(profileDocuments)
/** Documents of profiles that require something of what they and others give. */
export const demandingDocuments = fc
  .tuple(
    profileDocuments,
    fc.array(
      fc.record({
        expression: requirement,
        skip: mostly(true, false),
        isOfOwn: mostly(false, true),
        demands: fc.boolean(),
      }),
      {
        minLength: 3,
        maxLength: 3,
      },
    ),
  )
  .map(
    ([documents, requirements]) =>
      documents.map((document, i) => {
        const { spec, ...object } = document as { spec: JsonObject }
        const { expression, skip, isOfOwn, demands } = requirements[i]!
        if (!demands) return document
        // What the profile gives itself is there when the API server calls again.
        const own = Object.keys(spec['pod'] as object).find(
          field => podPlaces[field as PodField].in === 'spec',
        )
        const about = isOfOwn && own ? `!has(pod.spec.${own})` : expression
        const requires = [{ expression: about, message: 'no', ...(skip && { otherwise: 'skip' }) }]
        return { ...object, spec: { ...spec, requires } }
      }) as readonly Json[],
  )
export const demanding = inUse(demandingDocuments)
/** Profiles that have nothing in common. */
export const unrelated = inUse(documents(true))

export function accepted(document: Json): Profile {
  const read = readProfile(document)
  if ('problems' in read) throw new Error(JSON.stringify(read.problems))
  return read.profile
}

export function decideOn(pod: Pod, all: Profiles): Decision {
  return decide({ pod, namespace, operation: 'CREATE' }, all, cluster)
}

export function inject(pod: Pod, all: Profiles): Pod {
  return apply(pod, decideOn(pod, all).patch)
}
