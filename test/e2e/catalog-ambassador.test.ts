import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { until } from '../apiserver/until.ts'
import { figure } from './figure.ts'
import { podSecurity, useNamespace } from './namespace.ts'
import { proven } from './proven.ts'
import { configMap, restrictedContainer, restrictedPod } from './restricted-pod.ts'
import { waitForService } from './service.ts'
import { tlsServer } from './tls-server.ts'

describe('ambassador', () => {
  const kubectl = useNamespace('catalog-ambassador', podSecurity('restricted'))

  beforeAll(async () => {
    await kubectl(['create', '-f=-'], { stdin: readFileSync('examples/ambassador.yaml', 'utf8') })
    await kubectl(['rollout', 'status', 'deployment/warehouse', '--timeout=100s'])
    await kubectl(['wait', '--for=condition=Ready', 'pod/shopper', '--timeout=100s'])
  })

  it('keeps a restart of the service from the app', async () => {
    const pod = () => kubectl(['get', 'pod', '-l=app=warehouse', '-o=jsonpath={.items[*].metadata.uid}'])
    const before = await pod()
    // For as long as it takes, every answer that is not the right one is printed.
    const ask = `
      asked=0
      until [ -e /dev/shm/stop ]; do
        answer=$(curl -s "$AMBASSADOR_URL"); asked=$((asked + 1))
        [ "$answer" = "7 in stock" ] || echo "wrong: $answer"
        sleep 0.1
      done
      echo "asked $asked times"`
    const asking = kubectl(['exec', 'shopper', '-c=curl', '--', 'sh', '-c', ask])
    const retries = () => counted('shopper', 'envoy_cluster_upstream_rq_retry_success')
    // A Pod that is replaced between two requests is missed by none, so it is killed until one had to be retried.
    await until('a request was retried', 100_000, async () => {
      await kubectl(['delete', 'pod', '-l=app=warehouse', '--grace-period=0', '--force'])
      await kubectl(['rollout', 'status', 'deployment/warehouse', '--timeout=100s'])
      await kubectl(['wait', '--for=condition=Ready', 'pod', '-l=app=warehouse', '--timeout=100s'])
      return (await retries()) > 0
    })
    await kubectl(['exec', 'shopper', '-c=curl', '--', 'touch', '/dev/shm/stop'])
    const said = await asking
    expect(said).toMatch(/^asked \d+ times\n$/)
    expect(await pod()).not.toBe(before)
    const retried = await retries()
    proven(
      'ambassador',
      `its only Pod was killed; the app ${said.trim()}, no request failed, ${retried} were retried`,
    )
  })

  it('speaks TLS to the service and trusts only the authority it was told', async () => {
    const host = 'secure.catalog-ambassador.svc'
    const [server, stranger] = await Promise.all([tlsServer(host), tlsServer(host)])
    await kubectl(['create', '-f=-'], { stdin: server.manifest })
    await kubectl(['create', '-f=-'], { stdin: configMap('right', { 'ca.crt': server.ca }) })
    await kubectl(['create', '-f=-'], { stdin: configMap('wrong', { 'ca.crt': stranger.ca }) })
    await kubectl(['wait', '--for=condition=Ready', 'pod/secure', '--timeout=100s'])
    const secure = { host, hostPort: '8443', retries: '0' }
    await start('trusting', { ...secure, caConfigMap: 'right' })
    await start('doubting', { ...secure, caConfigMap: 'wrong' })
    await waitForService(kubectl, { pod: 'trusting', container: 'app' }, `https://${host}:8443/`)
    expect(await curl('trusting')).toBe(`https ${host}:8443 ${host}\n200`)
    expect(await curl('doubting')).toMatch(/503$/)
    expect(await counted('doubting', 'envoy_cluster_ssl_fail_verify_error')).toBe(1)
    await until('the log says why', 20_000, async () =>
      (await kubectl(['logs', 'doubting', '-c=ambassador'])).includes('CERTIFICATE_VERIFY_FAILED'),
    )
    proven(
      'ambassador',
      'http://localhost became TLS with SNI; a certificate of another authority was refused',
    )
  })

  it('takes no more requests than the service is to have at once', async () => {
    // It takes three seconds for each answer.
    const answer =
      'sleep 3; printf "HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n"'
    const slow = restrictedContainer('slow', {
      command: ['nc', '-ll', '-p', '8081', '-e', 'sh', '-c', answer],
    })
    await start('limited', { host: '127.0.0.1', hostPort: '8081', tls: 'false', maxRequests: '1' }, [slow])
    const asked = await kubectl([
      'exec',
      'limited',
      '-c=app',
      '--',
      'sh',
      '-c',
      // The first one alone: the service may start later than its Pod is ready.
      'curl -s -o /dev/null "$AMBASSADOR_URL"; for i in 1 2 3 4; do curl -s -o /dev/null -w "%{http_code}\\n" "$AMBASSADOR_URL" & done; wait',
    ])
    const statuses = asked.trim().split('\n').sort()
    expect(new Set(statuses)).toEqual(new Set(['200', '503']))
    // Which of the two a request is depends on whether the one before it has its connection by then.
    const overflows = [
      'envoy_cluster_upstream_rq_active_overflow',
      'envoy_cluster_upstream_rq_pending_overflow',
    ]
    const refused = await Promise.all(overflows.map(metric => counted('limited', metric)))
    expect(Math.max(...refused)).toBeGreaterThan(0)
    proven('ambassador', `of four requests at once with maxRequests: 1 they answered ${statuses.join(', ')}`)
  })

  it('leaves out an endpoint that fails again and again', async () => {
    const stock = { metadata: { name: 'stock' }, spec: { clusterIP: 'None', selector: { app: 'stock' } } }
    await kubectl(['create', '-f=-'], {
      stdin: JSON.stringify({ apiVersion: 'v1', kind: 'Service', ...stock }),
    })
    for (const [name, status] of [
      ['good', '200 OK'],
      ['bad', '500 Internal Server Error'],
    ] as const) {
      const answer = `printf "HTTP/1.1 ${status}\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n"`
      const pod = JSON.parse(
        restrictedPod(name, {}, { command: ['nc', '-ll', '-p', '8081', '-e', 'sh', '-c', answer] }),
      )
      await kubectl(['create', '-f=-'], {
        stdin: JSON.stringify({ ...pod, metadata: { name, labels: { app: 'stock' } } }),
      })
    }
    await kubectl(['wait', '--for=condition=Ready', 'pod/good', 'pod/bad', '--timeout=100s'])
    await start('choosing', { host: 'stock', hostPort: '8081', tls: 'false', ejectAfter: '3' })
    const seen = new Set<string>()
    await until('the bad one is left out', 60_000, async () => {
      seen.add((await curl('choosing')).slice(-3))
      return (await counted('choosing', 'envoy_cluster_outlier_detection_ejections_active')) === 1
    })
    expect(seen).toContain('500')
    for (let request = 0; request < 10; request++) expect(await curl('choosing')).toBe('200')
    proven(
      'ambassador',
      'of two endpoints the one with status 500 was left out after 3 of these; then 10 of 10 were 200',
    )
  })

  it.each([
    ['host', 'a"b'],
    ['host', "a'b"],
    ['host', 'a\nb: c'],
    ['host', '$(POD_IP)'],
    ['host', 'a}'],
    ['host', ''],
    ['env', 'A=B'],
    ['timeout', '1e-7'],
    ['timeout', '1s'],
    ['connectTimeout', '0'],
    ['connectTimeout', '0.0'],
    ['retries', '1.5'],
    ['caConfigMap', '../a'],
  ])('is not asked for with the %s %j', async (parameter, value) => {
    const annotations = {
      'pillion.dev/inject': 'ambassador',
      'pillion.dev/ambassador.host': 'a',
      [`pillion.dev/ambassador.${parameter}`]: value,
    }
    const { stderr } = await kubectl.attempt(['create', '--dry-run=server', '-f=-'], {
      stdin: restrictedPod('bad', annotations),
    })
    expect(stderr).toContain(`pillion.dev/ambassador.${parameter}`)
  })

  async function start(
    name: string,
    parameters: Readonly<Record<string, string>>,
    others: readonly object[] = [],
  ) {
    const annotations = Object.entries(parameters).map(([parameter, value]) => [
      `pillion.dev/ambassador.${parameter}`,
      value,
    ])
    const pod = JSON.parse(
      restrictedPod(
        name,
        { 'pillion.dev/inject': 'ambassador', ...Object.fromEntries(annotations) },
        { container: { image: 'curlimages/curl:8.11.0' } },
      ),
    )
    pod.spec.containers.push(...others)
    await kubectl(['create', '-f=-'], { stdin: JSON.stringify(pod) })
    await kubectl(['wait', '--for=condition=Ready', `pod/${name}`, '--timeout=100s'])
  }

  /** The body and the status, as the app gets them by the variable that it was given. */
  function curl(pod: string) {
    return kubectl(['exec', pod, '-c=app', '--', 'sh', '-c', 'curl -s -w "%{http_code}" "$AMBASSADOR_URL"'])
  }

  function counted(pod: string, metric: string): Promise<number> {
    const endpoint = { namespace: 'catalog-ambassador', pod, port: 13_131, path: '/stats/prometheus' }
    return figure(kubectl, endpoint, `${metric}{envoy_cluster_name="service"}`)
  }
})
