import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { until } from '../apiserver/until.ts'
import { figure } from './figure.ts'
import { podSecurity, useNamespace } from './namespace.ts'
import { proven } from './proven.ts'
import { restrictedPod } from './restricted-pod.ts'

describe('metrics-nginx and metrics-redis', () => {
  const kubectl = useNamespace('catalog-metrics', podSecurity('restricted'))

  it('give the figures of nginx after real requests', async () => {
    const value = await run('nginx', 9113)
    await until('nginx is seen', 30_000, async () => (await value('nginx_up')) === 1)
    const before = await value('nginx_http_requests_total')
    const ask = 'for i in 1 2 3 4 5 6 7; do curl -s localhost:8080 >/dev/null; done'
    await kubectl(['exec', 'measured-nginx', '-c=nginx', '--', 'sh', '-c', ask])
    // The exporter asks nginx, too: once for each time that it is asked.
    const requests = (await value('nginx_http_requests_total')) - before - 1
    expect(requests).toBe(7)
    proven('metrics-nginx', `nginx_http_requests_total went up by ${requests} with 7 requests`)
  })

  it('give the figures of a Redis that wants a password', async () => {
    const value = await run('redis', 9121)
    await until('Redis is seen', 30_000, async () => (await value('redis_up')) === 1)
    const redis = (...command: string[]) =>
      kubectl(['exec', 'measured-redis', '-c=redis', '--', 'redis-cli', ...command])
    expect(await value('redis_db_keys{db="db0"}')).toBe(0)
    await redis('mset', 'a', '1', 'b', '2', 'c', '3')
    await redis('get', 'a')
    await redis('get', 'nothing')
    expect(await value('redis_db_keys{db="db0"}')).toBe(3)
    expect(await value('redis_keyspace_hits_total')).toBe(1)
    expect(await value('redis_keyspace_misses_total')).toBe(1)
    expect(await kubectl(['get', 'pod', 'measured-redis', '-o=yaml'])).not.toContain('only-an-example')
    proven(
      'metrics-redis',
      'redis_db_keys is 3 after MSET of 3 keys, with one hit and one miss after two GET',
    )
  })

  it('are found by the name of a port alone where that is asked for', async () => {
    const annotations = {
      'pillion.dev/inject': 'metrics-nginx, metrics-redis',
      'pillion.dev/metrics-nginx.discovery': 'port',
      'pillion.dev/metrics-redis.discovery': 'port',
    }
    const pod = JSON.parse(
      await kubectl(['create', '--dry-run=server', '-o=json', '-f=-'], {
        stdin: restrictedPod('named', annotations),
      }),
    )
    expect(Object.keys(pod.metadata.annotations).filter(key => key.startsWith('prometheus.io/'))).toEqual([])
    expect(pod.spec.initContainers.flatMap(({ ports }: { ports: unknown }) => ports)).toEqual([
      { name: 'metrics-nginx', containerPort: 9113, protocol: 'TCP' },
      { name: 'metrics-redis', containerPort: 9121, protocol: 'TCP' },
    ])
  })

  it('share a Pod: the annotations are of the first, and a warning says so', async () => {
    const { stdout, stderr } = await kubectl.attempt(['create', '--dry-run=server', '-o=json', '-f=-'], {
      stdin: restrictedPod('both', { 'pillion.dev/inject': 'metrics-nginx, metrics-redis' }),
    })
    expect(JSON.parse(stdout).metadata.annotations).toMatchObject({ 'prometheus.io/port': '9113' })
    expect(stderr).toContain('prometheus.io/port')
  })

  it.each([
    ['metrics-nginx.statusPath', '/a b'],
    ['metrics-nginx.statusPath', 'http://elsewhere/'],
    ['metrics-nginx.statusPath', '/$(HOME)'],
    ['metrics-nginx.appPort', '80 '],
    ['metrics-redis.passwordSecret', '../a'],
    ['metrics-redis.passwordKey', ''],
    ['metrics-redis.discovery', 'none'],
    ['metrics-redis.memory', '1Ti'],
  ])('are not asked for with %s %j', async (parameter, value) => {
    const annotations = {
      'pillion.dev/inject': parameter.split('.')[0] ?? '',
      [`pillion.dev/${parameter}`]: value,
    }
    const { stderr } = await kubectl.attempt(['create', '--dry-run=server', '-f=-'], {
      stdin: restrictedPod('bad', annotations),
    })
    expect(stderr).toContain(`pillion.dev/${parameter}`)
  })

  /** The example of a program, and what reads a figure of it from where its annotations say. */
  async function run(program: string, port: number) {
    await kubectl(['create', '-f=-'], { stdin: readFileSync(`examples/metrics-${program}.yaml`, 'utf8') })
    await kubectl(['wait', '--for=condition=Ready', `pod/measured-${program}`, '--timeout=100s'])
    const pod = JSON.parse(await kubectl(['get', 'pod', `measured-${program}`, '-o=json']))
    expect(pod.metadata.annotations).toMatchObject({
      'prometheus.io/scrape': 'true',
      'prometheus.io/port': String(port),
      'prometheus.io/path': '/metrics',
    })
    const endpoint = { namespace: 'catalog-metrics', pod: `measured-${program}`, port }
    return (metric: string) => figure(kubectl, endpoint, metric)
  }
})
