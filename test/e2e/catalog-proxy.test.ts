import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { until } from '../apiserver/until.ts'
import { figure } from './figure.ts'
import { podSecurity, useNamespace } from './namespace.ts'
import { proven } from './proven.ts'
import { restrictedPod } from './restricted-pod.ts'
import { waitForService } from './service.ts'
import { tlsServer } from './tls-server.ts'

describe('proxy', () => {
  const kubectl = useNamespace('catalog-proxy', podSecurity('restricted'))
  const curl = async (...args: string[]) =>
    (await kubectl.attempt(['exec', 'crawler', '-c=curl', '--', 'curl', '-s', '-m', '20', ...args])).stdout
  const statusOf = (...args: string[]) =>
    curl('-o', '/dev/null', '-w', '%{http_code} %{http_connect}', ...args)
  const refused = () =>
    figure(
      kubectl,
      { namespace: 'catalog-proxy', pod: 'crawler', port: 13_129, path: '/stats/prometheus' },
      'envoy_http_rq_direct_response{envoy_http_conn_manager_prefix="proxy"}',
    )

  beforeAll(async () => {
    await kubectl(['create', '-f=-'], { stdin: readFileSync('examples/proxy.yaml', 'utf8') })
    await kubectl(['create', '-f=-'], { stdin: (await tlsServer('secure.catalog-proxy.svc')).manifest })
    await kubectl(['rollout', 'status', 'deployment/website', '--timeout=100s'])
    await kubectl(['wait', '--for=condition=Ready', 'pod/crawler', 'pod/secure', '--timeout=100s'])
    const crawler = { pod: 'crawler', container: 'curl' }
    await waitForService(kubectl, crawler, 'http://website/')
    await waitForService(kubectl, crawler, 'https://secure.catalog-proxy.svc:8443/')
  })

  it('lets the app reach a host it names, by the variables that curl knows', async () => {
    expect(await curl('-i', 'http://website/')).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\nhello\n$/)
    expect(await statusOf('http://WEBSITE:80/')).toBe('200 000')
  })

  it('refuses all others with 403, counts them, and prints their names', async () => {
    const before = await refused()
    const others = [
      'http://elsewhere/',
      'http://website.evil/?password=secret',
      'http://secure.catalog-proxy.svc/',
    ]
    for (const url of others) {
      expect(await curl('-i', url)).toMatch(
        /^HTTP\/1\.1 403 Forbidden\r\n[\s\S]*pillion\.dev\/proxy\.hosts\n$/,
      )
    }
    expect(await statusOf('-k', 'https://secure.catalog-proxy.svc:8443/')).toBe('000 403')
    expect((await refused()) - before).toBe(4)
    await until('they are printed', 20_000, async () =>
      (await kubectl(['logs', 'crawler', '-c=proxy'])).includes('"host":"website.evil"'),
    )
    expect(await kubectl(['logs', 'crawler', '-c=proxy'])).not.toContain('secret')
    proven('proxy', 'website answers 200; 4 requests to others got 403, were counted and named in the log')
  })

  it('tunnels TLS to the hosts of a wildcard', async () => {
    await run('tunnel', '*.catalog-proxy.svc', [
      'https://secure.catalog-proxy.svc:8443/',
      'https://elsewhere.example:8443/',
    ])
    expect(await kubectl(['logs', 'tunnel', '-c=app'])).toBe('200 200\n000 403\n')
    proven(
      'proxy',
      'a tunnel for HTTPS is made to a host of *.catalog-proxy.svc and to no other; the Pod completed',
    )
  })

  it('tries a host that refuses connections again as often as it was told', async () => {
    const url = 'http://refusing.catalog-proxy.svc/'
    await kubectl(['create', 'service', 'clusterip', 'refusing', '--tcp=80:9'])
    await run('retrying', '*', [url], { retries: '3', log: 'all', connectTimeout: '0.5' })
    expect(await kubectl(['logs', 'retrying', '-c=app'])).toBe('503 000\n')
    const [line = ''] = (await kubectl(['logs', 'retrying', '-c=proxy']))
      .split('\n')
      .filter(text => text.startsWith('{'))
    expect(JSON.parse(line)).toMatchObject({ host: 'refusing.catalog-proxy.svc', status: 503, attempts: 4 })
    proven('proxy', 'a host that refuses connections was tried 4 times with retries: 3')
  })

  it('gives up on a host that does not answer in the time it was told', async () => {
    await run('waiting', '127.0.0.1', ['http://127.0.0.1:8081/'], {
      timeout: '1.5',
      retries: '0',
      log: 'all',
    })
    expect(await kubectl(['logs', 'waiting', '-c=app'])).toBe('504 000\n')
    const { status, durationMs } = JSON.parse(
      (await kubectl(['logs', 'waiting', '-c=proxy'])).split('\n').find(text => text.startsWith('{')) ?? '',
    )
    expect(status).toBe(504)
    // Envoy's timer and its clock differ by some milliseconds.
    expect(durationMs).toBeGreaterThan(1_400)
    expect(durationMs).toBeLessThan(5_000)
    proven('proxy', `a host that never answers was given up after ${durationMs} ms with timeout: 1.5`)
  })

  it.each([
    "a'b",
    'a"b',
    'a\nb: c',
    'a}',
    '$(POD_IP)',
    'a|b',
    '[a]',
    '../a',
    '',
    'a,,b',
    '*a',
    'x'.repeat(9).concat('\\'),
  ])('is not asked for with the host %j', async hosts => {
    const { stderr } = await kubectl.attempt(['create', '--dry-run=server', '-f=-'], {
      stdin: restrictedPod('bad', { 'pillion.dev/inject': 'proxy', 'pillion.dev/proxy.hosts': hosts }),
    })
    expect(stderr).toContain('pillion.dev/proxy.hosts')
  })

  /**
   * A Pod that asks for each URL through the proxy, prints the status and that of the tunnel, and ends. Its own
   * port 8081 takes requests and does not answer them.
   */
  async function run(
    name: string,
    hosts: string,
    urls: readonly string[],
    parameters: Record<string, string> = {},
  ) {
    const annotations = Object.entries({ hosts, noProxy: 'localhost', ...parameters }).map(
      ([parameter, value]) => [`pillion.dev/proxy.${parameter}`, value],
    )
    const script = `
      nc -ll -p 8081 -e sleep 60 &
      for url; do curl -s -k -m 30 -o /dev/null -w '%{http_code} %{http_connect}\\n' "$url"; done
      kill $!`
    await kubectl(['create', '-f=-'], {
      stdin: restrictedPod(
        name,
        { 'pillion.dev/inject': 'proxy', ...Object.fromEntries(annotations) },
        {
          command: ['sh', '-c', script, 'curl', ...urls],
          container: { image: 'curlimages/curl:8.11.0' },
          spec: { restartPolicy: 'Never' },
        },
      ),
    })
    await kubectl(['wait', '--for=jsonpath={.status.phase}=Succeeded', `pod/${name}`, '--timeout=100s'])
  }
})
