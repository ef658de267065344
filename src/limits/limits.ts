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
    'twice the depth of an Envoy configuration of the catalog',
  ],
  profileContainers: [
    16,
    'sidecars of a profile, and as many init containers',
    'a profile is for one purpose',
  ],
  profileVolumes: [32, 'volumes of a profile', 'two for each container'],
  profileAppContainers: [16, 'entries of appContainers', 'one for each type of app container'],
  profileItems: [
    128,
    'items of any other list in a spec, except in json',
    'eight times the longest list in use',
  ],
  profileKeys: [256, 'members of any map in a spec, except in json', 'labels and annotations have fewer'],
  profileText: [65_536, 'characters of any text in a spec', 'put longer texts into a ConfigMap'],
  nameLength: [63, 'characters of the name of a profile, container or volume', 'a label of RFC 1123'],
  parameters: [64, 'parameters of a profile', 'three times the maximum in the catalog'],
  sentenceLength: [1_024, 'characters of a message under requires', 'a few sentences'],
  requirements: [32, 'entries of requires', 'each has one sentence for a developer'],
  orderNames: [64, 'names in order.before, or in order.after', 'more profiles than most clusters have'],
  expressions: [256, 'expressions of a profile', 'six times the maximum in the catalog'],
  expressionLength: [4_096, 'characters of an expression', 'a page of text'],
  patternLength: [
    1_024,
    'characters of a regular expression',
    'six times the longest pattern in the catalog',
  ],
  patternSize: [
    2_500,
    'instructions of a regular expression, estimated from its source',
    'each takes up to 14 µs to compile, and 1 KB of memory; `\\pL` counts as 35',
  ],
  profilesPerNamespace: [50, 'SidecarProfiles of a namespace', 'the default; a chart value changes it'],
  namespaceProfileBytes: [1_048_576, 'bytes of the profiles of a namespace', '50 profiles of 20 KiB'],
  allNamespacesProfileBytes: [
    16_777_216,
    'bytes in memory of the SidecarProfiles of all namespaces',
    'these take up to 115 MB of heap (measured)',
  ],
  namespaceRevisionBytes: [
    1_048_576,
    'bytes of the compressed revisions of the SidecarProfiles of a namespace',
    'as much as their specs may have, so that the revisions in use always fit; a Pod can pin only a revision that fits',
  ],
  allNamespacesRevisionBytes: [
    16_777_216,
    'bytes of the compressed revisions of the SidecarProfiles of all namespaces',
    'as many as of their specs; compressed, they take no more memory than that',
  ],
  rolloutSteps: [20, 'steps of a rollout', 'each doubles the share at best; seven reach all from 1 %'],
  rolloutSeconds: [86_400, 'seconds in a field of a rollout', 'a day'],
  rolloutUnavailable: [1_000, 'Pods of a workload that may be unavailable', 'more is a percentage'],
  revisionHistory: [50, 'kept revisions that no Pod uses', 'five times the default'],

  // A Pod that opts in: checked before its profiles are rendered.
  podLength: [2_097_152, 'characters of a Pod as JSON', 'etcd stores 1.5 MiB'],
  podDepth: [64, 'levels of nesting in a Pod', 'core/v1 has 20'],
  podContainers: [
    256,
    'containers and init containers of a Pod',
    'more than twice the Pods that a node runs by default (110)',
  ],
  podVolumes: [1_024, 'volumes of a Pod', 'four for each container'],
  podItems: [
    16_384,
    'environment variables, mounts, ports and other list items of a Pod',
    '64 for each container',
  ],
  requestedProfiles: [64, 'profiles that one annotation names, or one Pod gets', 'more than a Pod needs'],
  ownAnnotations: [512, 'annotations pillion.dev/… of an object', 'eight parameters for each profile'],
  annotationLength: [65_536, 'characters of an annotation pillion.dev/…', 'a fourth of podAnnotationBytes'],
  statusLength: [131_072, 'characters of the annotation pillion.dev/status', 'half of podAnnotationBytes'],
  podAnnotationBytes: [262_144, 'bytes of all annotations of the result', 'the API server allows no more'],

  // A file that a command reads.
  yamlLength: [16_777_216, 'characters of a file', 'ten times the largest object that etcd stores'],
  yamlDocuments: [10_000, 'documents of a file', 'a large Helm release has hundreds'],
  yamlDepth: [128, 'levels of nesting in a document', 'twice that of a Pod'],
  yamlAliases: [1_000, 'aliases in a document', 'for each alias, the parser searches all anchors'],

  // A folder for `pillion test`.
  testFolders: [10_000, 'folders in a folder of test cases', 'with more, it is probably another folder'],
  testFileBytes: [4_194_304, 'bytes of a file of a test case', 'the API server stores 1.5 MiB of an object'],
  testProfileFiles: [1_000, 'files of profiles of a test case', 'seventy times the catalog'],

  // A file for `pillion import`.
  importFields: [
    5_000,
    'fields of a file that becomes a profile',
    'a profile has at most 131,072 bytes; the largest of the catalog has 150 fields',
  ],

  // The playground: a page in a browser.
  playgroundManifest: [1_048_576, 'characters of the manifest', 'as many as an object that etcd stores'],
  playgroundProfiles: [4_194_304, 'characters of all profiles', '45 times the catalog'],
  playgroundFiles: [1_000, 'files of profiles', 'as many as a case of `pillion test` has'],
  playgroundWorkloads: [
    200,
    'workloads of the manifest that get a decision',
    'each takes up to 5 ms; use `pillion inject -f` for more',
  ],
  playgroundPatches: [
    1_048_576,
    'characters of the patches of the first workloads of the manifest, after which the others get no decision',
    'as many as the manifest; a browser shows them within a second',
  ],

  // Work: one unit is about 50 ns.
  expressionUnits: [
    150_000,
    'units for one expression',
    '7 ms: enough to read 5,000 environment variables once',
  ],
  reviewUnits: [
    500_000,
    'units for one review, all profiles together',
    'about 40 ms of CPU, and other requests wait during this time; the five most expensive profiles of the catalog take 0.2 million units on five containers, and 0.45 million on 256; compiling an expression counts, even if it is in the cache',
  ],
  sidecarProfileUnits: [
    250_000,
    'units for all SidecarProfiles in one review',
    'about 15 ms of CPU, and other requests wait during this time; users of a namespace write these profiles; 64 environment variables with two expressions each take 0.23 million units on 30 containers',
  ],
  compileUnits: [
    1_000_000,
    'units to compile one profile',
    '60 ms in the worst known case, 185 ms in a new process; the most expensive profile of the catalog takes a fifth of the units',
  ],
  sidecarProfileCompileUnits: [
    300_000,
    'units to compile one SidecarProfile',
    'about 18 ms, and other requests wait during this time; users of a namespace write these profiles; the most expensive profile of the catalog takes 0.2 million units',
  ],
  orderSteps: [
    1_000_000,
    'steps to find cycles in a namespace',
    '0.2 s; a namespace without a cycle needs no steps',
  ],
  claimRounds: [
    4,
    'times that Pillion checks the claims of a status annotation',
    'one round is enough if the claims are true, two if another webhook changed the Pod; after the last round Pillion ignores the annotation',
  ],
  distances: [
    64,
    'names that Pillion compares with a misspelt name, letter by letter',
    'one comparison takes at most 15 µs',
  ],
  hints: [
    16,
    'wrong names in an object that get a "did you mean"',
    'Pillion compares each with all correct names',
  ],

  // What a replica caches.
  keptInstructions: [10_000, 'instructions of cached regular expressions', 'at most 10 MB'],
  keptNodes: [20_000, 'nodes of the syntax trees of cached expressions', 'at most 20 MB'],
  settledUnits: [
    262_144,
    'units of work in cached rendered profiles',
    '26 MB: at most 100 bytes for each unit',
  ],
  keptRevisions: [
    100,
    'kept revisions of a profile besides those in use, whether or not Pods have them',
    'twice the largest history; the oldest ones are deleted',
  ],
  pinnedRevisions: [
    16,
    'pinned revisions that Pillion keeps compiled, in each namespace',
    'a compiled profile takes up to 1 MB; compiling another one takes up to 18 ms',
  ],
  allPinnedRevisions: [64, 'pinned revisions that Pillion keeps compiled', 'at most 64 MB'],
  replacedProfiles: [
    32,
    'replaced revisions of profiles that Pillion keeps for a minute, in each namespace',
    'a Pod that is being created may need one; a compiled profile takes up to 1 MB',
  ],

  // What is written and answered.
  problems: [100, 'problems reported on one object', 'with more, it is probably the wrong file'],
  messageLength: [32_768, 'characters of a message', 'the maximum in a condition of a custom resource'],
  namesInMessage: [10, 'names that one message lists', 'the nearest name comes first'],
  messageBytes: [
    45_056,
    'bytes of a message as JSON in an answer',
    'so that the whole answer has less than 64 KiB',
  ],
  patchBytes: [2_097_152, 'bytes of a patch', 'a Pod of more than 1.5 MiB cannot be stored'],
  statusWritesAtOnce: [100, 'status writes at once for a namespace', 'twice profilesPerNamespace'],
  statusWritesPerMinute: [
    60,
    'status writes per minute for a namespace, after the first ones',
    'a namespace with constant changes must not occupy the API server and the leader',
  ],

  // Requests: most are checked before the server knows who the caller is.
  bodyBytes: [7_340_032, 'bytes of the body of a request', 'room for two objects of 1.5 MiB, escaped'],
  bodyValues: [
    800_000,
    'values in the body of a request',
    'a value takes at least two bytes, and etcd stores 1.5 MiB',
  ],
  bodyDepth: [10_000, 'levels of nesting in the body of a request', 'an API server reads no deeper JSON'],
  valueBytes: [
    32,
    'bytes that Pillion counts for each parsed value',
    'the size of an object with one member',
  ],
  bytesInFlight: [
    8_388_608,
    'bytes in memory for all requests together; a single request may use more if there are no others',
    'the process uses several times as much, because garbage stays in memory for a while; the chart sets a memory limit of 384 MiB; set at least 256 MiB',
  ],
  unreadBytes: [65_536, 'unread bytes of an answer, under overload', 'an answer without a patch is smaller'],
  uidLength: [256, 'characters of the uid of a request', 'the answer repeats it; a UUID has 36'],
  waitingReviews: [
    32,
    'reviews that wait for a Namespace, a profile or a revision; with more, the oldest of the namespace that has the most gets its decision',
    'each keeps a Pod in memory for 0.8 s',
  ],
  waitingBytes: [
    2_097_152,
    'bytes in memory for the reviews that wait; with more, the largest of the namespace that has the most gets its decision',
    'a fourth of bytesInFlight, so that reviews that wait end no other request',
  ],
  pageBytes: [8_388_608, 'bytes of one page of a list', '500 objects of 1.5 MiB would end a replica'],
  debtMs: [
    100,
    'ms of recent reviews of a namespace; above it, its reviews run in turns with those of others',
    'a hundred ordinary reviews at once',
  ],
  debtDecayMs: [
    250,
    'ms of this time that Pillion forgets per second',
    'a namespace that uses a fourth of a core never waits',
  ],
  longReviewMs: [
    10,
    'ms of one review; after a longer one, its namespace pauses',
    'an ordinary review takes 1 ms',
  ],
  othersMs: [
    1_000,
    'ms since the last request of another namespace; after that, a namespace is alone and does not pause',
    'a controller that creates one Pod after another sends its next request sooner',
  ],
  mostDebtMs: [
    1_000,
    'ms of recent reviews that Pillion remembers for a namespace',
    'a namespace recovers after four seconds',
  ],
  debtors: [
    256,
    'namespaces whose recent reviews Pillion remembers',
    'few namespaces can have used much time recently',
  ],
  deferredMs: [10_000, 'ms that a review waits for its turn', 'the default webhook timeout of Kubernetes'],
  refusalLength: [2_048, 'characters of the message to a rejected caller', '12 KB when escaped'],
  refusalLogMs: [1_000, 'ms between log lines about rejected requests', 'strangers must not fill the log'],
  requestMs: [5_000, 'ms from the first byte of a request to its last', 'the API server sends it at once'],
  acceptors: [4, 'sockets that accept webhook connections', 'each accepts one per turn of the event loop'],
  probeAcceptors: [16, 'sockets that accept probes and metrics requests', 'with 4, a probe waited 5 s'],
  handshakes: [192, 'TLS handshakes in progress', '50 KB each; an API server sends at most 200 requests'],
  openConnections: [128, 'busy or new connections', 'one takes 50 KB; a request takes a few ms'],
  idleConnections: [128, 'idle connections', 'an API server keeps 25'],
  metricsConnections: [
    32,
    'connections of the port of /metrics and of the probes',
    'a Prometheus keeps one, and a kubelet opens one for each probe',
  ],
  strangerConnections: [32, 'connections without the required certificate', 'enough for kubelet probes'],
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
