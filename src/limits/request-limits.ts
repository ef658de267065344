/** The rows of the table of limits for requests: checked by the server, most of them before anything is known of the caller. */
export const limitsOfRequests = {
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
    'what was held is garbage for a while: several times as much is in memory; the chart sets a memory limit of 384 MiB, and 256 MiB is the least',
  ],
  unreadBytes: [
    65_536,
    'bytes of an answer that its caller has not read, when the connection is needed',
    'an answer without a patch is smaller; with more the caller does not read',
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
