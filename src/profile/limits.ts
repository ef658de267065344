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
  profileContainers: [16, 'containers, and init containers, of a profile', 'a profile is one concern'],
  profileVolumes: [32, 'volumes of a profile', 'two for each container'],
  profileAppContainers: [16, 'entries of appContainers', 'one for each kind of app container'],
  profileItems: [
    128,
    'items of any other list in a spec',
    'twice the longest list of environment variables in the catalog',
  ],
  profileKeys: [256, 'members of any map in a spec', 'label and annotation maps are shorter'],
  parameters: [64, 'parameters of a profile', 'three times the most in the catalog'],
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
    5_000,
    'instructions of a compiled regular expression',
    'ten times the largest in the catalog; one takes 1 KB and 5 µs',
  ],
  profilesPerNamespace: [
    50,
    'SidecarProfiles of a namespace',
    'the memory of a replica is shared by all namespaces; a chart value changes it',
  ],

  // A Pod that opts in: checked before its profiles are rendered.
  podBytes: [2_097_152, 'bytes of a Pod as JSON', 'etcd stores 1.5 MiB'],
  podDepth: [64, 'levels of nesting in a Pod', 'core/v1 has 20'],
  podContainers: [
    256,
    'containers and init containers of a Pod',
    'a node runs 110 Pods; no kubelet starts this many containers of one',
  ],
  podVolumes: [1_024, 'volumes of a Pod', 'four for each container'],
  podItems: [16_384, 'environment variables, mounts and ports of a Pod', '64 for each container'],
  requestedProfiles: [
    64,
    'profiles that one annotation names',
    'more than the containers that a Pod can use',
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

  // A file of YAML.
  yamlLength: [16_777_216, 'characters of a file', 'ten times what the API server stores of one object'],
  yamlDocuments: [10_000, 'documents of a file', 'a large Helm release has hundreds'],
  yamlDepth: [128, 'levels of nesting in a document', 'twice that of a Pod'],
  yamlAliases: [1_000, 'aliases in a document', 'each is looked for among all anchors'],

  // Work: one unit is about 50 ns.
  expressionUnits: [100_000, 'units for one expression', '5 ms'],
  reviewUnits: [1_000_000, 'units for one review, all profiles together', '50 ms'],
  compileUnits: [1_000_000, 'units to compile one profile', '50 ms'],

  orderSteps: [
    1_000_000,
    'steps to find which profiles of a namespace, or of the cluster, make a cycle by their order',
    '0.2 s; 1,000 profiles without a cycle take none',
  ],

  // What is answered.
  problems: [100, 'problems reported on one object', 'with more it is the wrong file'],
  messageLength: [32_768, 'characters of a message', 'what a condition of a custom resource holds'],
  namesInMessage: [10, 'names that one message lists', 'the nearest name comes first'],
  distances: [
    64,
    'names that a misspelt name is compared with, letter by letter',
    'one comparison of names of 128 characters takes 15 µs',
  ],
  patchBytes: [2_097_152, 'bytes of a patch', 'a Pod of more than 1.5 MiB cannot be stored'],
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
