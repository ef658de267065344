import { limitsOfRequests } from './request-limits.ts'

/**
 * Everything that a user can make larger has a limit, which Pillion checks before the work. This is the only place for
 * these numbers: the schema of profiles, the CRDs, the engine, the server and docs/limits.md take them from here. Each row
 * has the number, what it counts, and the reason for it.
 */
const table = {
  // A profile: checked when it is stored, and again when a replica reads it.
  profileBytes: [131_072, 'bytes of a spec as JSON', 'twelve times the largest profile of the catalog'],
  profileDepth: [
    48,
    'levels of nesting in a spec',
    'twice the deepest profile of the catalog, an Envoy configuration',
  ],
  profileContainers: [
    16,
    'sidecars of a profile; the same for its init containers',
    'a profile is for one purpose',
  ],
  profileVolumes: [32, 'volumes of a profile', 'two for each container'],
  profileAppContainers: [16, 'entries of appContainers', 'one for each type of app container'],
  profileItems: [
    128,
    'items of any other list in a spec, except in json',
    'eight times the longest list in the catalog',
  ],
  profileKeys: [256, 'members of any map in a spec, except in json', 'labels and annotations have fewer'],
  profileText: [
    65_536,
    'characters of any text in a spec',
    'more than an Envoy configuration has; put longer texts into a ConfigMap',
  ],
  nameLength: [63, 'characters of the name of a profile, container or volume', 'a label of RFC 1123'],
  parameters: [64, 'parameters of a profile', 'three times the most in the catalog'],
  sentenceLength: [1_024, 'characters of a message under requires', 'a few sentences'],
  requirements: [32, 'entries of requires', 'each has one sentence for a developer'],
  orderNames: [
    64,
    'names under order.before, and under order.after',
    'all other profiles of a large installation',
  ],
  expressions: [256, 'expressions of a profile', 'six times the most in the catalog'],
  expressionLength: [4_096, 'characters of an expression', 'a page of text'],
  patternLength: [1_024, 'characters of a regular expression', 'six times the longest in the catalog'],
  patternSize: [
    2_500,
    'instructions of a compiled regular expression, estimated from its source',
    'four times the largest in the catalog; each takes up to 14 µs to compile and 1 KB; `\\pL` counts as 35',
  ],
  profilesPerNamespace: [
    50,
    'SidecarProfiles of a namespace',
    'all namespaces share the memory of a replica; a chart value changes the number',
  ],
  namespaceProfileBytes: [
    1_048_576,
    'bytes of the SidecarProfiles of a namespace in memory',
    '50 profiles of 20 KiB',
  ],
  allNamespacesProfileBytes: [
    16_777_216,
    'bytes of the SidecarProfiles of all namespaces in memory',
    'up to 115 MB of heap, measured',
  ],

  // A Pod that opts in: checked before its profiles are rendered.
  podLength: [2_097_152, 'characters of a Pod as JSON', 'etcd stores 1.5 MiB'],
  podDepth: [64, 'levels of nesting in a Pod', 'core/v1 has 20'],
  podContainers: [
    256,
    'containers and init containers of a Pod',
    'a Pod has a few containers, and a node by default at most 110 Pods',
  ],
  podVolumes: [1_024, 'volumes of a Pod', 'four for each container'],
  podItems: [
    16_384,
    'environment variables and their sources, mounts, ports, pull secrets and host aliases of a Pod',
    '64 for each container',
  ],
  requestedProfiles: [
    64,
    'profiles that one annotation names, or that one Pod gets',
    'more than one Pod needs; the same number can come from autoInject',
  ],
  ownAnnotations: [
    512,
    'annotations pillion.dev/… of a Pod or Namespace',
    'eight parameters for each profile',
  ],
  annotationLength: [
    65_536,
    'characters of one annotation pillion.dev/…',
    'a fourth of what all annotations of a Pod may have',
  ],
  statusLength: [
    131_072,
    'characters of the annotation pillion.dev/status',
    'half of what all annotations of a Pod may have together',
  ],
  podAnnotationBytes: [
    262_144,
    'bytes of all annotations of a Pod, with those that Pillion adds',
    'the API server allows no more',
  ],

  // A file that a command reads.
  yamlLength: [16_777_216, 'characters of a file', 'ten times the largest object that the API server stores'],
  yamlDocuments: [10_000, 'documents of a file', 'a large Helm release has hundreds'],
  yamlDepth: [128, 'levels of nesting in a document', 'twice that of a Pod'],
  yamlAliases: [1_000, 'aliases in a document', 'each alias is searched among all anchors'],

  // Work: one unit is about 50 ns.
  expressionUnits: [
    150_000,
    'units for one expression',
    '7 ms: enough to read each of 5,000 environment variables',
  ],
  reviewUnits: [
    500_000,
    'units for one review, all profiles together',
    'about 40 ms of CPU, during which other requests wait; the five most expensive profiles of the catalog on five containers take 0.2 million, on 256 containers 0.45 million; compiling an expression counts, even if it is in the cache',
  ],
  sidecarProfileUnits: [
    125_000,
    'units for all SidecarProfiles in one review',
    'about 10 ms of CPU: users of a namespace write them, and others wait meanwhile; three times the most expensive profile of the catalog on five containers',
  ],
  compileUnits: [
    1_000_000,
    'units to compile one profile',
    '60 ms in the worst known case, 185 ms in a new process; the most expensive profile of the catalog takes a fifth',
  ],
  orderSteps: [
    1_000_000,
    'steps to find the profiles of a namespace, or of the cluster, whose order makes a cycle',
    '0.2 s; 1,000 profiles without a cycle need no steps',
  ],
  claimRounds: [
    4,
    'times that Pillion checks the claims of a status annotation',
    'one is enough if the claims are true, two after other webhooks; after the last round Pillion ignores the annotation',
  ],
  distances: [
    64,
    'names with which a misspelt name is compared, letter by letter',
    'one comparison of names of 128 characters takes 15 µs',
  ],
  hints: [
    16,
    'wrong names in one Pod, and wrong volumes in one profile, with a "did you mean"',
    'each is compared with all correct names',
  ],

  // What a replica caches.
  keptInstructions: [10_000, 'instructions of compiled regular expressions in the cache', 'at most 10 MB'],
  keptNodes: [20_000, 'nodes of the syntax trees of expressions in the cache', 'at most 20 MB'],
  settledUnits: [
    262_144,
    'units of work in the rendered profiles in the cache',
    'at most about 26 MB: a unit makes at most 100 bytes',
  ],
  replacedProfiles: [
    32,
    'replaced revisions of the profiles of a namespace that are kept for a minute',
    'an admission in progress may need one; a compiled profile takes up to 1 MB',
  ],

  // What is written and answered.
  problems: [
    100,
    'problems reported on one object',
    'an object with more problems is probably the wrong file',
  ],
  messageLength: [32_768, 'characters of a message', 'the maximum in a condition of a custom resource'],
  namesInMessage: [10, 'names that one message lists', 'the nearest name comes first'],
  messageBytes: [
    45_056,
    'bytes of a message as JSON in an answer',
    'with warnings and audit annotations, the answer has less than 64 KiB',
  ],
  patchBytes: [2_097_152, 'bytes of a patch', 'a Pod of more than 1.5 MiB cannot be stored'],
  statusWritesAtOnce: [
    100,
    'status writes for the SidecarProfiles of a namespace at once',
    'twice profilesPerNamespace',
  ],
  statusWritesPerMinute: [
    60,
    'status writes per minute for the SidecarProfiles of a namespace, after the first ones',
    'a namespace with constant changes must not occupy the API server and the leader',
  ],

  ...limitsOfRequests,
} as const satisfies Record<string, readonly [max: number, of: string, reason: string]>

export type Limit = keyof typeof table

/** The numbers, by name. */
export const limits = Object.fromEntries(
  Object.entries(table).map(([name, [max]]) => [name, max]),
) as Readonly<Record<Limit, number>>

/** The rows of docs/limits.md, in order. */
export const limitRows = Object.entries(table).map(([name, [max, of, reason]]) => ({
  name: name as Limit,
  max,
  of,
  reason,
}))
