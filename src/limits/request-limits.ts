/** The limits for requests. The server checks most of them before it knows who the caller is. */
export const limitsOfRequests = {
  bodyBytes: [
    7_340_032,
    'bytes of the body of a request',
    'etcd stores objects of up to 1.5 MiB, and a review may contain two of them, escaped',
  ],
  bodyValues: [
    800_000,
    'values in the body of a request',
    'a value takes at least two bytes, and etcd stores at most 1.5 MiB: no stored Pod has more',
  ],
  valueBytes: [32, 'bytes that a value counts as when it is parsed', 'the size of an object with one member'],
  bytesInFlight: [
    8_388_608,
    'bytes in memory for all requests together; a single request may use more while there are no others',
    'garbage stays in memory for a while, so several times as much is in use; the chart sets a memory limit of 384 MiB, and 256 MiB is the minimum',
  ],
  unreadBytes: [
    65_536,
    'bytes of an answer that the caller has not read yet, before its connection may be closed under overload',
    'an answer without a patch is smaller; a caller with more does not read',
  ],
  uidLength: [256, 'characters of the uid of a request, which is also in the answer', 'a UUID has 36'],
  waitingReviews: [
    32,
    'denied reviews that wait for a revision that another replica may already have',
    'each keeps a Pod in memory, for at most 0.8 s',
  ],
  pageBytes: [
    8_388_608,
    'bytes of one page of a list; if a page is larger, Pillion requests smaller pages, down to one object',
    '500 Pods of a few KB; 500 objects of 1.5 MiB would end a replica',
  ],
  debtMs: [
    100,
    'ms of recent reviews of a namespace; above that, its reviews run in turns with the requests of others',
    'enough for a hundred ordinary reviews at once, and about one review that uses up reviewUnits',
  ],
  debtDecayMs: [
    250,
    'ms of that time that are forgotten per second',
    'reviews that constantly use a fourth of a core never wait; with a smaller share the namespace itself would wait longer',
  ],
  longReviewMs: [
    10,
    'ms of a review in its turn; after a longer review its namespace pauses while there are requests of others',
    'an ordinary review takes 1 ms, and ten hardly delay others',
  ],
  othersMs: [
    1_000,
    'ms after the last request of other namespaces, until Pillion assumes that there are none',
    'a controller that creates one Pod after another sends its next request sooner',
  ],
  mostDebtMs: [
    1_000,
    'ms of that time that are remembered',
    'a namespace that stops using time is treated like others after four seconds',
  ],
  debtors: [
    256,
    'namespaces whose time is remembered',
    'only a few namespaces can have used much time recently; Pillion forgets the others first',
  ],
  deferredMs: [
    10_000,
    'ms that a review waits for its turn',
    'the default timeout of the API server for a webhook',
  ],
  refusalLength: [
    2_048,
    'characters of the message in the answer to a rejected request',
    'the caller may not be the API server; escaped, the message takes up to 12 KB',
  ],
  refusalLogMs: [
    1_000,
    'ms between two lines in the log about rejected requests',
    'strangers must not fill the log',
  ],
  requestMs: [5_000, 'ms from the first byte of a request to its last', 'the API server sends it at once'],
  acceptors: [
    4,
    'sockets that accept connections of the webhook port',
    'each socket accepts one connection per turn of the event loop',
  ],
  probeAcceptors: [
    16,
    'sockets that accept connections of the port of /metrics and of the probes',
    'with 4 sockets, a probe waited 5 s behind 200 connections of a Pod; a connection without TLS costs little',
  ],
  handshakes: [
    192,
    'TLS handshakes in progress',
    'one takes 50 KB; an API server does not start that many at once (--max-mutating-requests-inflight is 200)',
  ],
  openConnections: [
    128,
    'connections with a request in progress, or before the first request',
    'one takes 50 KB; a request takes a few ms',
  ],
  idleConnections: [128, 'idle connections', 'an API server keeps 25'],
  metricsConnections: [
    32,
    'connections of the port of /metrics and of the probes',
    'a Prometheus keeps one, and a kubelet opens one for each probe',
  ],
  strangerConnections: [
    32,
    'connections without the client certificate that --client-ca requires',
    'enough for the probes of the kubelet',
  ],
} as const satisfies Record<string, readonly [max: number, of: string, reason: string]>
