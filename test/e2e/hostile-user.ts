import type { JsonObject } from '../../src/json/json.ts'

/** Something that a user with the role `edit` in one namespace sends to the API server. */
export interface Attack {
  readonly what: string
  readonly path: 'pods' | 'sidecarprofiles'
  readonly object: JsonObject
  /** Whether a Pod then asks for that profile. */
  readonly isAskedFor?: true
}

const many = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i))

function pod(what: string, annotations: JsonObject, spec: JsonObject = {}): Attack {
  const metadata = { generateName: 'hostile-', annotations }
  const app = { name: 'app', image: 'busybox:1.37', command: ['sleep', 'infinity'] }
  return {
    what,
    path: 'pods',
    // No scheduler has that name: to start it would take more of the node than to admit it.
    object: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata,
      spec: { schedulerName: 'none', containers: [app], ...spec },
    },
  }
}

function profile(what: string, spec: JsonObject): Attack {
  const metadata = { name: 'hostile' }
  const object = { apiVersion: 'pillion.dev/v1alpha1', kind: 'SidecarProfile', metadata, spec }
  return { what, path: 'sidecarprofiles', object, isAskedFor: true }
}

const side = (i: number, more: JsonObject = {}) => ({ name: `side-${i}`, image: 'busybox:1.37', ...more })
const dear =
  '[1,2,3,4,5,6,7,8,9].all(a, [1,2,3,4,5,6,7,8,9].all(b, [1,2,3,4,5,6,7,8,9].all(c, a * b * c + pod.spec.containers.size() > 0)))'
const asking = (annotations: JsonObject) => ({ 'pillion.dev/inject': 'logging', ...annotations })

/** Within every limit, and as dear as that can be. */
const dearSpec: JsonObject = {
  parameters: { p: { type: 'string', pattern: '[a-z]{0,600}' } },
  order: { before: many(60, i => `other-${i}`) },
  appContainers: [{ select: 'all', env: many(64, i => ({ name: `E${i}`, value: `$(string(${dear}))` })) }],
}

/** One of a thousand profiles in one namespace: three of four are accepted as long as the namespace may have more. */
export function oneOfMany(i: number): JsonObject {
  const refused = attacks.filter(({ path }) => path === 'sidecarprofiles')
  const { object } = i % 4 === 0 ? (refused[(i / 4) % refused.length] as Attack) : profile('', dearSpec)
  return { ...object, metadata: { name: `hostile-${i}` } }
}

/** One for each way to make a webhook work hard, or to get more than one may have. */
export const attacks: readonly Attack[] = [
  pod(
    'a regular expression with 700 large repetitions',
    asking({ 'pillion.dev/logging.firstLine': 'y{900}'.repeat(700) }),
  ),
  pod(
    'a regular expression of nested repetitions',
    asking({ 'pillion.dev/logging.firstLine': '(((z{30}){30}){30}){30}' }),
  ),
  pod('300,000 names of profiles', { 'pillion.dev/inject': many(300_000, i => `m${i}`).join(',') }),
  pod(
    '50,000 annotations that mean nothing',
    asking(Object.fromEntries(many(50_000, i => [`pillion.dev/w-${i}`, 'x']))),
  ),
  pod(
    '9,000 containers',
    { 'pillion.dev/inject': 'statsd,log-tail,work-dir' },
    { containers: many(9_000, i => side(i)) },
  ),
  pod(
    'a forged status of 900 KB',
    asking({
      'pillion.dev/status': JSON.stringify({
        profiles: { logging: { revision: 'a', volumes: many(90_000, i => `v${i}`) } },
      }),
    }),
  ),
  pod(
    'a status nested 100,000 deep',
    asking({ 'pillion.dev/status': `${'['.repeat(100_000)}${']'.repeat(100_000)}` }),
  ),
  profile('a parameter whose pattern is large', {
    parameters: { a: { type: 'string', pattern: 'q{990}'.repeat(700) } },
    containers: [side(0)],
  }),
  profile('an object nested 3,000 deep', {
    containers: [
      side(0, {
        env: [{ name: 'X', json: many(3_000, i => i).reduce<JsonObject>(inner => ({ a: inner }), {}) }],
      }),
    ],
  }),
  profile('4,000 containers', { containers: many(4_000, i => side(i)) }),
  profile('700 misspelt mounts of 700 volumes', {
    volumes: many(700, i => ({ name: `volume-${i}`, emptyDir: {} })),
    containers: [side(0, { volumeMounts: many(700, i => ({ name: `volumes-${i}`, mountPath: `/${i}` })) })],
  }),
  profile('1,500 expressions that cost as much as one may', {
    appContainers: [
      { select: 'all', env: many(1_500, i => ({ name: `E${i}`, value: `$(string(${dear}))` })) },
    ],
  }),
  // A review that uses up its budget takes 22 ms of CPU and cannot be interrupted.
  profile('64 expressions that cost as much as one may', dearSpec),
  profile('bytes that double', {
    requires: [
      {
        expression: `size(${many(12, i => i).reduce(inner => `cel.bind(b, ${inner}, b + b)`, "b'0123456789abcdef'")}) > 0`,
        message: 'no',
      },
    ],
  }),
  profile('text that made a checker backtrack', {
    containers: [side(0, { args: ['$$(pod '.repeat(9_000)] })],
  }),
  profile('30,000 fields that do not exist', Object.fromEntries(many(30_000, i => [`contaners${i}`, i]))),
]

/** What must be refused, because it is more than the user may have. */
export const takings: readonly Attack[] = [
  profile('a privileged container', { containers: [side(0, { securityContext: { privileged: true } })] }),
  profile("a directory of the node's", {
    volumes: [{ name: 'node', hostPath: { path: '/' } }],
    containers: [side(0)],
  }),
  profile("a port of the node's", {
    containers: [side(0, { ports: [{ containerPort: 80, hostPort: 80 }] })],
  }),
]

/** One of a thousand that the schema allows, and that is dear to compile. */
export function oneThatIsRead(i: number): JsonObject {
  return { ...profile('', dearSpec).object, metadata: { name: `hostile-${i}` } }
}
