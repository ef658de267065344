import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Pod } from '../src/engine/pod.ts'
import { picture } from '../tools/docs/picture.ts'
import { resultingPod } from '../tools/docs/resulting-pod.ts'
import { sharing } from '../tools/docs/sharing.ts'

describe('the picture of a Pod', () => {
  it('has its containers as they start, and a line to each volume and port that they share', () => {
    const pod = podOf({
      initContainers: [
        {
          name: 'collector',
          restartPolicy: 'Always',
          ports: [{ containerPort: 4318 }, { name: 'health', containerPort: 13_133 }],
          readinessProbe: { httpGet: { path: '/', port: 'health' } },
          volumeMounts: [
            { name: 'logs', mountPath: '/logs', readOnly: true },
            { name: 'state', mountPath: '/state' },
          ],
        },
      ],
      containers: [
        {
          name: 'shop',
          env: [{ name: 'OTLP', value: 'http://localhost:4318' }],
          volumeMounts: [{ name: 'logs', mountPath: '/var/log/app' }],
        },
      ],
      volumes: [
        { name: 'logs', emptyDir: { medium: 'Memory' } },
        { name: 'state', configMap: { name: 'kept' } },
      ],
    })
    expect(picture(sharing(pod, new Set(['collector'])))).toBe(
      `
┌─ collector ─ native sidecar ┐
│ /logs             read-only │─────┬── volume logs (emptyDir in memory)
│ /state                      │─────┼── volume state (configMap kept)
│ port 4318                   │<──┬─┼── localhost:4318
│ port 13133                  │<──┼─┼── kubelet (probes)
├─ shop ───────────────── app ┤   │ │
│ /var/log/app                │───┼─┘
│ $OTLP                       │─>─┘
└─────────────────────────────┘`.trimStart(),
    )
  })

  it('says who listens where only its configuration does', () => {
    const pod = podOf({
      initContainers: [{ name: 'proxy', args: ['--config', '{"port_value":13128}'] }],
      containers: [
        {
          name: 'app',
          env: [
            { name: 'http_proxy', value: 'http://127.0.0.1:13128' },
            { name: 'HTTP_PROXY', value: 'http://127.0.0.1:13128' },
            { name: 'REPLICAS', value: '3' },
          ],
        },
      ],
    })
    expect(sharing(pod, new Set(['proxy'])).map(({ rows }) => rows)).toEqual([
      [{ label: 'port 13128', note: '', mark: '<─', to: 'localhost:13128' }],
      [{ label: '$http_proxy, …', note: '', mark: '─>', to: 'localhost:13128' }],
    ])
  })
})

describe('the Pod that an example becomes', () => {
  it('says what was injected, and leaves the status out', () => {
    const pod = podOf(
      {
        containers: [{ name: 'app', image: 'app:1', env: [{ name: 'A', value: '1' }] }],
        initContainers: [{ name: 'first', image: 'first:1' }],
      },
      { 'pillion.dev/status': '{}', own: 'a', new: 'b' },
    )
    const injected = { revision: '', initContainers: ['first'], app: { app: { env: ['A'] } } }
    expect(resultingPod(pod, injected, { annotations: { own: 'a' } })).toBe(
      `
apiVersion: v1
kind: Pod
metadata:
  annotations:
    own: a
    new: b # injected
spec:
  containers:
    - name: app
      image: app:1
      env:
        - { name: A, value: "1" } # injected
  initContainers:
    # injected
    - name: first
      image: first:1`.trim(),
    )
  })

  it.each([
    { text: 'short', shown: 'short' },
    { text: `${'x'.repeat(1110)}y`, shown: `${'x'.repeat(110)} … 1,001 more characters` },
    { text: 'line\n'.repeat(40), shown: `${'line\n'.repeat(4)}# … 36 more lines\n` },
    { text: 'line\n'.repeat(10), shown: 'line\n'.repeat(10) },
  ])('says how much of a long text is left out', ({ text, shown }) => {
    const pod = podOf({ containers: [{ name: 'app', env: [{ name: 'A', value: text }] }] })
    const expected = podOf({ containers: [{ name: 'app', env: [{ name: 'A', value: shown }] }] })
    expect(resultingPod(pod, { revision: '' })).toBe(resultingPod(expected, { revision: '' }))
  })
})

describe('node tools/generate.ts --check', () => {
  let copy: string

  // All of the checkout that it reads, with pages and profiles of its own.
  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'pillion-generate-'))
    for (const entry of ['tools', 'package.json', 'docs', 'catalog'])
      cpSync(join(root, entry), join(copy, entry), { recursive: true })
    for (const entry of ['charts', 'examples', 'src', 'node_modules', 'deploy'])
      symlinkSync(join(root, entry), join(copy, entry))
  })
  afterAll(() => rmSync(copy, { recursive: true }))

  const staleCatalogPages = () => {
    const { stderr } = spawnSync(process.execPath, ['tools/generate.ts', '--check'], {
      cwd: copy,
      env: { NODE_NO_WARNINGS: '1' }, // No PATH, and so no Helm: what it renders is not looked at here.
      encoding: 'utf8',
    })
    return stderr.split('\n').flatMap(line => /^docs\/catalog\/(\S+) is not what/.exec(line)?.[1] ?? [])
  }

  it('finds the pages of the catalog as they would be made', () => {
    expect(staleCatalogPages()).toEqual([])
  })

  it('names the page of a profile that has changed since it was made', () => {
    const file = join(copy, 'catalog/log-tail.yaml')
    const profile = readFileSync(file, 'utf8')
    writeFileSync(
      file,
      profile.replace('mountPath: $(params.path), readOnly', 'mountPath: /elsewhere, readOnly'),
    )
    expect(staleCatalogPages()).toEqual(['log-tail.md'])
  })
})

const root = join(import.meta.dirname, '..')

function podOf(spec: Pod['spec'], annotations?: Readonly<Record<string, string>>): Pod {
  return { metadata: { ...(annotations && { annotations }) }, spec: spec ?? {} }
}
