import { limitsOfRequests } from './limits-of-requests.ts'

/**
 * Everything that an outsider sizes has a limit, which is checked before the work that the size costs. This is the
 * only place where these numbers stand: the profile's schema, the CRDs, the engine, the server and docs/limits.md take
 * them from here. Each row has the number, its unit, and the reason for it.
 */
const table = {
  // A profile: checked when it is written, and again when a replica reads it.
  profileBytes: [131_072, 'bytes of a spec as JSON', 'twelve times the largest profile of the catalog'],
  profileDepth: [
    48,
    'levels of nesting in a spec',
    'twice the deepest profile of the catalog, an Envoy configuration',
  ],
  profileContainers: [
    16,
    'containers, and as many init containers, of a profile',
    'a profile is one concern',
  ],
  profileVolumes: [32, 'volumes of a profile', 'two for each container'],
  profileAppContainers: [16, 'entries of appContainers', 'one for each kind of app container'],
  profileItems: [
    128,
    'items of any other list in a spec, outside of json',
    'eight times the longest list in the catalog',
  ],
  profileKeys: [
    256,
    'members of any map in a spec, those inside of json excepted',
    'label and annotation maps are shorter',
  ],
  profileText: [
    65_536,
    'characters of any text in a spec',
    'more than an Envoy configuration has; a ConfigMap holds longer texts',
  ],
  nameLength: [63, 'characters of the name of a profile, container or volume', 'a label of RFC 1123'],
  parameters: [64, 'parameters of a profile', 'three times the most in the catalog'],
  sentenceLength: [1_024, 'characters of a message under requires', 'a few sentences'],
  requirements: [32, 'entries of requires', 'each is one sentence for a developer'],
  orderNames: [
    64,
    'names under order.before, and under order.after',
    'every other profile of a large installation',
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
    'the memory of a replica is shared by all namespaces; a chart value changes it',
  ],
  namespaceProfileBytes: [1_048_576, 'bytes of the SidecarProfiles of a namespace in memory', '50 of 20 KiB'],
  allNamespacesProfileBytes: [16_777_216, 'the same of all namespaces', 'up to 115 MB of heap, measured'],

  // A Pod that opts in: checked before its profiles are rendered.
  podLength: [2_097_152, 'characters of a Pod as JSON', 'etcd stores 1.5 MiB'],
  podDepth: [64, 'levels of nesting in a Pod', 'core/v1 has 20'],
  podContainers: [
    256,
    'containers and init containers of a Pod',
    'a node runs 110 Pods by default; one Pod has a few containers',
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
    'more than the containers that a Pod can use; as many can come by autoInject',
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
    'the API server refuses more',
  ],

  // A file that a command reads.
  yamlLength: [16_777_216, 'characters of a file', 'ten times what the API server stores of one object'],
  yamlDocuments: [10_000, 'documents of a file', 'a large Helm release has hundreds'],
  yamlDepth: [128, 'levels of nesting in a document', 'twice that of a Pod'],
  yamlAliases: [1_000, 'aliases in a document', 'each is looked for among all anchors'],

  // Work: one unit is about 50 ns.
  expressionUnits: [
    150_000,
    'units for one expression',
    '7 ms: a look at each of 5,000 environment variables',
  ],
  reviewUnits: [
    500_000,
    'units for one review, all profiles together',
    'about 40 ms of CPU, for which the requests of others wait; the five dearest profiles of the catalog on five containers take 0.2 million, on 256 containers 0.45 million; compiling the expressions counts, whether or not they are kept',
  ],
  compileUnits: [
    1_000_000,
    'units to compile one profile',
    '60 ms in the worst case that was found, 185 ms cold; the dearest profile of the catalog takes a fifth',
  ],
  orderSteps: [
    1_000_000,
    'steps to find which profiles of a namespace, or of the cluster, make a cycle by their order',
    '0.2 s; 1,000 profiles without a cycle take none',
  ],
  claimRounds: [
    4,
    'times that Pillion checks the claims of a status annotation',
    'one is enough when they are true, two after other webhooks; after the last nothing of them is believed',
  ],
  distances: [
    64,
    'names that a misspelt name is compared with, letter by letter',
    'one comparison of names of 128 characters takes 15 µs',
  ],
  hints: [
    16,
    'wrong names in one Pod, and wrong volumes in one profile, with a "did you mean"',
    'each is compared with all right names',
  ],

  // What a replica keeps so as not to make it again.
  keptInstructions: [10_000, 'instructions of compiled regular expressions', '10 MB at most'],
  keptNodes: [20_000, 'nodes of the syntax trees of expressions', '20 MB at most'],
  settledUnits: [
    262_144,
    'units of work that made the rendered profiles which a replica keeps',
    'about 26 MB at most: a unit made 100 bytes at most',
  ],
  replacedProfiles: [
    32,
    'replaced revisions of the profiles of a namespace that are remembered for a minute',
    'an admission that is under way asks for one; a compiled profile takes up to 1 MB',
  ],

  // What is written and answered.
  problems: [100, 'problems reported on one object', 'with more it is the wrong file'],
  messageLength: [32_768, 'characters of a message', 'what a condition of a custom resource holds'],
  namesInMessage: [10, 'names that one message lists', 'the nearest name comes first'],
  messageBytes: [
    45_056,
    'bytes of a message as JSON in an answer',
    'with warnings and audit annotations it is an answer of less than 64 KiB',
  ],
  patchBytes: [2_097_152, 'bytes of a patch', 'a Pod of more than 1.5 MiB cannot be stored'],
  statusWritesAtOnce: [
    100,
    'status writes for the SidecarProfiles of a namespace at once',
    'twice profilesPerNamespace',
  ],
  statusWritesPerMinute: [
    60,
    'status writes for the SidecarProfiles of a namespace in a minute, after those',
    'a namespace that changes all the time leaves the API server and the leader to others',
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
