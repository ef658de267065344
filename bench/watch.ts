import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { Agent, request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse } from 'yaml'
import type { Json, JsonObject } from '../src/profile/json.ts'
import { readProfile } from '../src/profile/profile.ts'
import { issueCertificate } from '../src/server/certificate-authority.ts'
import { type ApiServer, startApiServer } from '../test/apiserver/apiserver.ts'
import { installCustomResources } from '../test/apiserver/custom-resources.ts'
import { until } from '../test/apiserver/until.ts'

/**
 * Can one server watch a large cluster? 1,000 profiles and 10,000 namespaces on a real API server, and the
 * bundle of dist/ (`npm run build`) as a process of its own, as in a Pod: how long from its start to ready,
 * what memory it takes when idle, how long one profile compiles, and how long an edit takes to be in force.
 *
 *     node bench/watch.ts                 NODE_FLAGS=--max-semi-space-size=4 node bench/watch.ts
 */
const profileCount = Number(process.env['PROFILES'] ?? 1_000)
const namespaceCount = Number(process.env['NAMESPACES'] ?? 10_000)
const edits = 30

const port = 18_443
const path = '/apis/pillion.dev/v1alpha1/clustersidecarprofiles'
const root = join(import.meta.dirname, '..')
const directory = await mkdtemp(join(tmpdir(), 'pillion-bench-'))
const profiles = variedProfiles()
const [firstCompileMs = 0, ...compileMs] = profiles.map(compile)
compileMs.sort((a, b) => a - b)
const server = await startApiServer()
try {
  await installCustomResources(server)
  const fillMs = await timed(() => fill(server))
  console.log(`${profileCount} profiles and ${namespaceCount} namespaces created in ${seconds(fillMs)}`)

  const { ca, cert, key } = await issueCertificate({ ipAddresses: ['127.0.0.1'], days: 1 })
  const agent = new Agent({ ca, keepAlive: true })
  const start = performance.now()
  const pillion = await startPillion({ cert, key })
  try {
    await until('the server is ready', 60_000, () => isReady(agent), 5)
    const readyMs = performance.now() - start
    const readyRss = await memory(pillion, 'VmRSS')
    await sleep(15_000)
    const idleRss = await memory(pillion, 'VmRSS')
    const inForce = await editMs(agent)
    console.table({
      'start to ready': { measured: seconds(readyMs), budget: '5 s' },
      'RSS when ready': { measured: readyRss, budget: '' },
      'RSS when idle': { measured: idleRss, budget: '150 MB' },
      'RSS after the edits': { measured: await memory(pillion, 'VmRSS'), budget: '' },
      'RSS at its peak': { measured: await memory(pillion, 'VmHWM'), budget: '' },
      'compile, median': { measured: milliseconds(at(compileMs, 0.5)), budget: '5 ms' },
      'compile, p99': { measured: milliseconds(at(compileMs, 0.99)), budget: '5 ms' },
      'compile, the first of all': { measured: milliseconds(firstCompileMs), budget: '' },
      'edit to in force, median': { measured: milliseconds(at(inForce, 0.5)), budget: '1 s' },
      'edit to in force, slowest': { measured: milliseconds(at(inForce, 1)), budget: '1 s' },
    })
  } finally {
    agent.destroy()
    pillion.kill()
    await once(pillion, 'exit')
  }
} finally {
  await server.stop()
  await rm(directory, { recursive: true })
}

/** Two of the catalog that ask nothing of a Pod, under other names, each with parameters, text and images of its own. */
function variedProfiles(): JsonObject[] {
  const catalog = ['log-tail', 'work-dir'].map(name =>
    readFileSync(join(root, `catalog/${name}.yaml`), 'utf8'),
  )
  return Array.from({ length: profileCount }, (_, i) => {
    const text = catalog[i % catalog.length] as string
    const profile = parse(text.replaceAll(/\bparams\.(\??)/g, `params.$1p${i}x`))
    const { parameters = {}, description } = profile.spec
    profile.metadata.name = `${profile.metadata.name}-${i}`
    profile.spec.description = `${description} Number ${i}.`
    profile.spec.parameters = Object.fromEntries(
      Object.entries(parameters).map(([name, declared]) => [`p${i}x${name}`, declared]),
    )
    return profile
  })
}

function compile(profile: Json): number {
  const start = performance.now()
  const read = readProfile(profile)
  const ms = performance.now() - start
  if ('problems' in read) throw new Error(JSON.stringify(read.problems))
  return ms
}

async function fill({ request }: ApiServer): Promise<void> {
  const namespaces = Array.from({ length: namespaceCount }, (_, i) => ({
    path: '/api/v1/namespaces',
    object: {
      metadata: {
        name: `team-${i}`,
        labels: { team: `team-${i}`, stage: i % 2 === 0 ? 'prod' : 'test' },
        annotations: { 'example.com/owner': `team-${i}@example.com`, 'example.com/cost-center': `${i * 7}` },
      },
    },
  }))
  const objects = [...profiles.map(object => ({ path, object })), ...namespaces]
  const remaining = objects.values()
  async function work(): Promise<void> {
    for (const { path, object } of remaining) {
      const { status, body } = await request('POST', path, object)
      if (status !== 201) throw new Error(JSON.stringify(body))
    }
  }
  await Promise.all(Array.from({ length: 24 }, work))
}

async function startPillion({ cert, key }: { cert: string; key: string }): Promise<ChildProcess> {
  const files = {
    'tls.crt': cert,
    'tls.key': key,
    'ca.crt': server.ca,
    token: server.token,
    namespace: 'pillion',
  }
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content)
  const flags = {
    host: '127.0.0.1',
    port,
    'metrics-port': port + 1,
    'tls-cert': join(directory, 'tls.crt'),
    'tls-key': join(directory, 'tls.key'),
    'drain-delay-ms': 0,
    'log-level': 'warn',
  }
  return spawn(
    process.execPath,
    [
      ...words(process.env['NODE_FLAGS']),
      '--import',
      join(import.meta.dirname, 'in-a-pod.js'),
      join(root, 'dist/pillion.js'),
      'serve',
      ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]),
      ...words(process.env['SERVE_FLAGS']),
    ],
    {
      stdio: 'inherit',
      env: {
        SERVICE_ACCOUNT: directory,
        // As the image has it.
        MALLOC_ARENA_MAX: '1',
        // No kubeconfig.
        HOME: directory,
        KUBERNETES_SERVICE_HOST: '127.0.0.1',
        KUBERNETES_SERVICE_PORT: new URL(server.url).port,
      },
    },
  )
}

function words(text = ''): string[] {
  return text.split(' ').filter(word => word !== '')
}

async function isReady(agent: Agent): Promise<boolean> {
  return (await call(agent, 'GET', '/readyz').catch(() => undefined))?.status === 200
}

/** How long it takes, from the API server's answer to an edit, until a Pod gets the edited profile. */
async function editMs(agent: Agent): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < edits; i++) {
    const name = String((profiles[i] as { metadata: JsonObject }).metadata['name'])
    const label = `edit-${i}`
    const edit = { spec: { pod: { labels: { 'example.com/edit': label } } } }
    const { status } = await server.request('PATCH', `${path}/${name}`, edit)
    if (status !== 200) throw new Error(`the edit was refused with ${status}`)
    times.push(
      await timed(() =>
        until('the edit is in force', 10_000, async () => (await patchFor(agent, name)).includes(label), 1),
      ),
    )
  }
  return times.sort((a, b) => a - b)
}

async function patchFor(agent: Agent, profile: string): Promise<string> {
  const object = {
    metadata: { name: 'web', namespace: 'team-1', annotations: { 'pillion.dev/inject': profile } },
    spec: { containers: [{ name: 'web', image: 'nginx' }] },
  }
  const request = {
    uid: 'u',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    namespace: 'team-1',
    operation: 'CREATE',
    object,
  }
  const review = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request }
  const { body } = await call(agent, 'POST', '/mutate', review)
  const { patch, status } = (body as { response: { patch?: string; status?: object } }).response
  if (patch === undefined) throw new Error(`the Pod was not injected: ${JSON.stringify(status)}`)
  return Buffer.from(patch, 'base64').toString()
}

function call(
  agent: Agent,
  method: string,
  url: string,
  body?: object,
): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path: url, method, agent }
    httpsRequest({ ...options, headers: { 'content-type': 'application/json' } }, async response => {
      const body = await json(response).catch(() => undefined)
      resolve({ status: response.statusCode ?? 0, body })
    })
      .on('error', reject)
      .end(body && JSON.stringify(body))
  })
}

/** As the kernel counts it. */
async function memory({ pid }: ChildProcess, field: 'VmRSS' | 'VmHWM'): Promise<string> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const [, kilobytes] = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status) ?? []
  return `${Math.round((Number(kilobytes) * 1_024) / 1e6)} MB`
}

async function timed(action: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await action()
  return performance.now() - start
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`
}

function milliseconds(ms: number): string {
  return `${ms.toFixed(2)} ms`
}
