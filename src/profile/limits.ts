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
  allNamespacesProfileBytes: [16_777_216, 'the same of all namespaces', 'up to 100 MB of heap, measured'],

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
    2_000_000,
    'units for one review, all profiles together',
    '100 ms; compiling the expressions again counts, whether or not they are kept',
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
    'times that the claims of a status annotation are checked',
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
    'units that made the settled profiles which a replica keeps',
    'a unit made 100 bytes at most',
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

  // Requests: checked by the server, most of them before anything is known of the caller.
  bodyBytes: [
    7_340_032,
    'bytes of the body of a request',
    'etcd takes objects of 1.5 MiB, and a review may hold two of them, escaped',
  ],
  bodyValues: [
    800_000,
    'values in the body of a request',
    'a value takes at least two bytes of the 1.5 MiB that etcd takes: no Pod that can be stored has more',
  ],
  valueBytes: [32, 'bytes that a value counts as when it is parsed', 'what an object of one member takes'],
  bytesInFlight: [
    8_388_608,
    'bytes that all requests hold together; one request may hold more while others hold none',
    'a replica with a memory limit of 160 MiB has 60 MiB to spare, and what was held is garbage for a while',
  ],
  uidLength: [256, 'characters of the uid of a request, which the answer repeats', 'a UUID has 36'],
  waitingReviews: [
    32,
    'denied reviews that wait for a revision which another replica may have',
    'each holds a Pod in memory, for 0.8 s at most',
  ],
  pageBytes: [
    8_388_608,
    'bytes of a page of a list of the API server; of a larger one smaller pages are asked for, down to one object',
    '500 Pods of a few KB; 500 objects of 1.5 MiB would end a replica',
  ],
  debtMs: [
    100,
    'ms that the reviews of a namespace took lately; from then on they run in turns with the requests of others',
    'a hundred ordinary reviews at once; one review that uses up reviewUnits takes more',
  ],
  debtDecayMs: [
    250,
    'ms of that time that are forgotten in a second',
    'reviews that take a fourth of a core all the time never wait; with a smaller share the namespace itself would wait for longer',
  ],
  longReviewMs: [
    10,
    'ms of a review in its turn; after a longer one its namespace rests while there are requests of others',
    'an ordinary review takes 1 ms, and others hardly notice ten',
  ],
  othersMs: [
    1_000,
    'ms after a request of others, until there are no others',
    'a controller that creates one Pod after the other sends its next request sooner',
  ],
  mostDebtMs: [
    1_000,
    'ms of that time that are remembered',
    'a namespace that takes no more time waits for no turn after four seconds',
  ],
  debtors: [
    256,
    'namespaces whose time is remembered',
    'all but a few are forgotten when there are more: time decays a fourth as fast as it is used',
  ],
  deferredMs: [
    10_000,
    'ms that a review waits for its turn',
    'the longest that an API server waits unless the webhook configuration says otherwise',
  ],
  refusalLength: [
    2_048,
    'characters of the message to a request that is refused',
    'no caller is known to be the API server; escaped it takes 12 KB',
  ],
  refusalLogMs: [
    1_000,
    'ms between two lines in the log about refused requests',
    'strangers must not fill the log',
  ],
  requestMs: [5_000, 'ms from the first byte of a request to its last', 'the API server sends it at once'],
  acceptors: [
    4,
    'sockets that accept connections of the webhook port',
    'one connection of each is accepted in a turn of the event loop',
  ],
  probeAcceptors: [
    16,
    'sockets that accept connections of the port of /metrics and of the probes',
    'with 4 a probe waited for 5 s behind 200 connections of a Pod; a connection without TLS costs little',
  ],
  handshakes: [
    192,
    'TLS handshakes under way',
    'one takes 50 KB; no API server begins as many at once (--max-mutating-requests-inflight is 200)',
  ],
  openConnections: [
    128,
    'connections with a request under way, or before the first',
    'one takes 50 KB; a request is under way for a few ms',
  ],
  idleConnections: [128, 'idle connections', 'an API server keeps 25'],
  metricsConnections: [
    32,
    'connections of the port of /metrics and of the probes',
    'a Prometheus keeps one, and a kubelet opens one for each probe',
  ],
  strangerConnections: [
    32,
    'connections without the client certificate that --client-ca wants',
    'the probes of the kubelet',
  ],
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
