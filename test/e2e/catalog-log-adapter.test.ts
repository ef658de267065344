import { describe, expect, it } from 'vitest'
import { until } from '../apiserver/until.ts'
import { podSecurity, useNamespace } from './namespace.ts'
import { proven } from './proven.ts'
import { restrictedPod } from './restricted-pod.ts'

describe('log-adapter', () => {
  const kubectl = useNamespace('catalog-log-adapter', podSecurity('restricted'))
  const shown = async (pod: string) =>
    (await kubectl.attempt(['logs', pod, '-c=log-adapter', '--tail=-1'])).stdout
      .split('\n')
      .slice(0, -1)
      .map(line => JSON.parse(line) as Entry)
  const shows = (pod: string, lines: number) =>
    until(`${lines} lines of ${pod} are shown`, 60_000, async () => (await shown(pod)).length >= lines, 200)
  const run = (name: string, lines: readonly string[], parameters: Record<string, string> = {}) => {
    const annotations = Object.entries(parameters).map(([key, value]) => [
      `pillion.dev/log-adapter.${key}`,
      value,
    ])
    const script = 'printf "%s\\n" "$@" >/var/log/app/app.log'
    return kubectl(['create', '-f=-'], {
      stdin: restrictedPod(
        name,
        { 'pillion.dev/inject': 'log-adapter', ...Object.fromEntries(annotations) },
        {
          command: ['sh', '-c', script, 'app', ...lines],
          spec: { restartPolicy: 'Never', terminationGracePeriodSeconds: 30 },
        },
      ),
    })
  }

  it('shows plain, logfmt, Apache and JSON lines as JSON with severity and fields, in their order', async () => {
    await kubectl(['apply', '-f=examples/log-adapter.yaml'])
    await shows('legacy', 4)
    expect(await shown('legacy')).toMatchObject([
      { severity_text: 'ERROR', severity: 17, body: '2026-01-01 12:00:00 ERROR payment failed' },
      {
        severity_text: 'WARN',
        severity: 13,
        body: 'disk almost full',
        attributes: { used: '93' },
        timestamp: '2026-01-01T12:00:01Z',
      },
      {
        severity_text: 'ERROR',
        attributes: { client: '127.0.0.1', user: 'frank', method: 'GET', path: '/cart', status: '503' },
        timestamp: '2026-01-01T12:00:02Z',
      },
      { severity_text: 'INFO', body: 'order placed', attributes: { order: { id: 7 } } },
    ])
    proven('log-adapter', 'plain, logfmt, Apache and JSON lines came out as JSON with severity and fields')
  })

  it('passes a line on as it is when it is in no format, or not in the one that is asked for', async () => {
    const odd = ['', '{"broken', 'a=1 b', '"quoted" \\ $HOME', '  indented', 'x'.repeat(20_000)]
    await run('odd', odd)
    await run('strict', ['{"level":"error","msg":"m"}', 'level=error'], { format: 'apache' })
    await kubectl([
      'wait',
      '--for=jsonpath={.status.phase}=Succeeded',
      'pod/odd',
      'pod/strict',
      '--timeout=60s',
    ])
    expect((await shown('odd')).map(({ body }) => body)).toEqual(odd.filter(line => line !== ''))
    expect(await shown('strict')).toMatchObject([
      { body: '{"level":"error","msg":"m"}', severity: 0 },
      { body: 'level=error', severity: 0 },
    ])
  })

  it('keeps a stack trace in one piece, and shows the last line of a Pod that completes at once', async () => {
    await run('traces', ['2026 ERROR a', '  at b', '2026 INFO c'], { firstLine: '^[0-9]{4} ' })
    await kubectl(['wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/traces', '--timeout=60s'])
    expect(await shown('traces')).toMatchObject([
      { body: '2026 ERROR a\n  at b', severity_text: 'ERROR' },
      { body: '2026 INFO c', severity_text: 'INFO' },
    ])
    proven('log-adapter', 'a Pod that completed at once has its stack trace in one piece, and its last line')
  })
})

interface Entry {
  readonly body: string
  readonly severity: number
  readonly severity_text?: string
  readonly timestamp: string
  readonly attributes?: Readonly<Record<string, unknown>>
}
