import { beforeAll, describe, expect, it } from 'vitest'
import { until } from '../apiserver/until.ts'
import { podSecurity, useNamespace } from './namespace.ts'
import { received } from './otlp.ts'
import { proven } from './proven.ts'
import { restrictedPod } from './restricted-pod.ts'

describe('logging', () => {
  const kubectl = useNamespace('catalog-logging', podSecurity('restricted'))
  const annotations = {
    'pillion.dev/inject': 'logging',
    'pillion.dev/logging.endpoint': 'http://collector:4318',
  }
  const run = (name: string, script: string, more: Record<string, string> = {}, spec: object = {}) =>
    kubectl(['create', '-f=-'], {
      stdin: restrictedPod(
        name,
        { ...annotations, ...more },
        { command: ['sh', '-c', script], spec: { ...spec } },
      ),
    })
  const from = async (pod: string) =>
    (await received(kubectl))
      .filter(({ resource }) => resource['k8s.pod.name'] === pod)
      .map(({ what }) => what)
  const arrives = (pod: string, line: string) =>
    until(`${line} of ${pod} arrives`, 90_000, async () => (await from(pod)).includes(line), 200)

  beforeAll(async () => {
    await kubectl(['apply', '-f=examples/logging.yaml'])
    await kubectl(['wait', '--for=condition=Ready', 'pod/bookshop', '--timeout=90s'])
    await kubectl(['rollout', 'status', 'deployment/collector', '--timeout=90s'])
  })

  it('sends every record with the names of its Pod, and a stack trace in one piece', async () => {
    await until('three records arrive', 30_000, async () => (await from('bookshop')).length >= 3)
    // The last record may be sent while an earlier one is still on its way.
    expect((await from('bookshop')).map(record => record.replace(/^\S+ /, '')).toSorted()).toEqual([
      'ERROR no such book\n    at find (shelf.js:7)\n    at sell (shop.js:42)',
      'INFO open',
      'INFO still open',
    ])
    const [record] = await received(kubectl)
    expect(record?.resource).toEqual({
      'service.name': 'books',
      'k8s.namespace.name': 'catalog-logging',
      'k8s.pod.name': 'bookshop',
      'k8s.pod.uid': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'k8s.node.name': expect.any(String),
      'k8s.container.name': 'bookshop',
    })
    proven(
      'logging',
      `records and a stack trace of 3 lines arrived with ${Object.keys(record?.resource ?? {})}`,
    )
  })

  it('loses nothing and sends nothing twice when files are renamed, copied and truncated', async () => {
    const app = `
      wait_for() { until [ -e $1 ]; do sleep 0.1; done; }
      cd /var/log/app; log=app.log i=0
      until [ $i = 4000 ]; do
        i=$((i + 1)); echo "line $i" >>$log
        case $((i % 1000)) in
          300) mv $log $log.$i ;;
          600) wait_for read.$i; cp $log $log.$i; : >$log ;;
          900) wait_for read.$i; : >$log ;;
        esac
      done
      exec sleep infinity`
    await run('rotating', app, { 'pillion.dev/logging.file': 'app.log' })
    // What nobody has read yet is lost with a truncation, and a file that is truncated while it is read is taken for its copy.
    // So the app waits for the collector.
    for (const read of [600, 900, 1600, 1900, 2600, 2900, 3600, 3900]) {
      await arrives('rotating', `line ${read}`)
      await kubectl(['exec', 'rotating', '--', 'touch', `/var/log/app/read.${read}`])
    }
    const sorted = async () =>
      (await from('rotating')).map(line => Number(line.slice('line '.length))).toSorted((a, b) => a - b)
    // Each file is read by itself, so that the last line is not the last to arrive.
    await until('all lines arrive', 60_000, async () => (await sorted()).length >= 4000, 200).catch(() => {})
    expect(await sorted()).toEqual(Array.from({ length: 4000 }, (_, i) => i + 1))
    proven(
      'logging',
      '4000 lines arrived once each over 4 renames, and 4 copies and 8 truncations of files that were read',
    )
  })

  it('takes a pattern as it is, whatever YAML, the collector, the shell or Kubernetes could make of it', async () => {
    const firstLine = String.raw`\${HOME} \d|\$\(HOME\) \d|\$\$x$$|{a: b}`
    const app = `
      printf '%s\\n' '\${HOME} 1' more '$(HOME) 2' '$$$$x' '$$$$x more' >'/var/log/app/the log.log'
      exec sleep infinity`
    await run('literal', app, {
      'pillion.dev/logging.firstLine': firstLine,
      'pillion.dev/logging.file': 'the log.log',
    })
    await arrives('literal', '$$x\n$$x more')
    expect(await from('literal')).toEqual(['${HOME} 1\nmore', '$(HOME) 2', '$$x\n$$x more'])
  })

  it('has the last line of a Pod that takes its time to end, and of one that completes', async () => {
    const slow = `
      trap 'sleep 4; echo "the last of all" >>/var/log/app/app.log; exit 0' TERM
      echo begun >/var/log/app/app.log; sleep infinity & wait $!`
    await run('slow', slow, {}, { terminationGracePeriodSeconds: 30 })
    await run(
      'brief',
      'echo "the only one" >/var/log/app/app.log',
      {},
      { restartPolicy: 'Never', terminationGracePeriodSeconds: 30 },
    )
    await arrives('slow', 'begun')
    await kubectl(['delete', 'pod', 'slow', '--timeout=60s'])
    expect(await from('slow')).toEqual(['begun', 'the last of all'])
    await kubectl(['wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/brief', '--timeout=60s'])
    expect(await from('brief')).toEqual(['the only one'])
    proven(
      'logging',
      'the line that an app wrote right before its end arrived, on deletion and on completion',
    )
  })

  it('loses nothing when it is killed in the middle of the writing', async () => {
    const atKill = await killedWhileWriting('killed', () => arrives('killed', 'line 1'))
    await arrivesWhole('killed')
    proven('logging', `killed (SIGKILL) at line ${atKill} of 2000, started again: all 2000 arrived`)
  })

  it('loses nothing when it is killed while nobody receives', async () => {
    // Headless: while it is nobody's the name is unknown. A cluster IP that loses and gets its endpoints is for a
    // moment an address like any other, and who knows what answers there.
    const service = { clusterIP: 'None', selector: { app: 'collector' }, ports: [{ port: 4318 }] }
    await kubectl(['create', '-f=-'], {
      stdin: JSON.stringify({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'receiver' },
        spec: service,
      }),
    })
    await kubectl(['scale', 'deployment/collector', '--replicas=0'])
    await kubectl(['wait', '--for=delete', 'pod', '-l=app=collector', '--timeout=60s'])
    const queued = async () => (await written('alone')) > 500
    const atKill = await killedWhileWriting('alone', () =>
      until('500 lines are written', 60_000, queued, 100),
    )
    await kubectl(['scale', 'deployment/collector', '--replicas=1'])
    await kubectl(['rollout', 'status', 'deployment/collector', '--timeout=90s'])
    await arrivesWhole('alone')
    proven(
      'logging',
      `killed at line ${atKill} of 2000 while nobody received, started again: all 2000 arrived`,
    )
  })

  /** A Pod that writes 2000 lines in 10 s, whose collector dies when something is so; how many it had written then. */
  async function killedWhileWriting(
    name: string,
    condition: () => Promise<void>,
    more: Record<string, string> = {},
  ): Promise<number> {
    const app = `
      cd /var/log/app; i=0
      until [ $i = 2000 ]; do i=$((i + 1)); echo "line $i"; [ $((i % 100)) != 0 ] || sleep 0.5; done >app.log
      exec sleep infinity`
    await run(name, app, { 'pillion.dev/logging.user': '1000', ...more }, { shareProcessNamespace: true })
    await kubectl(['wait', '--for=condition=Ready', `pod/${name}`, '--timeout=60s'])
    await condition()
    const atKill = await written(name)
    await kubectl(['exec', name, '--', 'sh', '-c', 'kill -9 $(pidof otelcol-contrib)'])
    const restarts = '{.status.initContainerStatuses[?(@.name=="logging")].restartCount}'
    await kubectl(['wait', `--for=jsonpath=${restarts}=1`, `pod/${name}`, '--timeout=60s'])
    expect(atKill).toBeLessThan(2000)
    return atKill
  }

  /** Each request waits for its own next attempt, so that the last line is not the last to arrive. */
  async function arrivesWhole(pod: string): Promise<void> {
    const isWhole = async () => missingIn(await from(pod)).length === 0
    await until('all lines arrive', 60_000, isWhole, 200).catch(() => {})
    expect(missingIn(await from(pod))).toEqual([])
  }

  async function written(pod: string): Promise<number> {
    return Number(await kubectl(['exec', pod, '--', 'sh', '-c', 'wc -l </var/log/app/app.log']))
  }
})

function missingIn(lines: readonly string[]): readonly string[] {
  const seen = new Set(lines)
  return Array.from({ length: 2000 }, (_, i) => `line ${i + 1}`).filter(line => !seen.has(line))
}
