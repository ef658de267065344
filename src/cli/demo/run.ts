import { once } from 'node:events'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { styleText } from 'node:util'
import { stringify } from 'yaml'
import type { AdmissionReview } from '../../admission/respond.ts'
import type { Operation } from '../../engine/patch/apply.ts'
import { applied } from '../../engine/patch/apply.ts'
import { annotation, type Pod } from '../../engine/pod.ts'
import { isObject, type JsonObject } from '../../json/json.ts'
import { type Workload, workloadsIn } from '../../manifest/workload.ts'
import { truncate } from '../../problems/truncate.ts'
import { shippedDirectory } from '../../server/profile-directory.ts'
import { type ExitCode, Failure, type Io } from '../io.ts'
import { readManifests } from '../manifests/read.ts'
import { colouredDiff } from '../output/coloured-diff.ts'
import { startOnLoopback } from './loopback.ts'

interface DemoFlags {
  readonly filename?: string
  readonly profiles?: string
}

/**
 * Runs the real server over HTTPS on loopback with a new certificate, and sends it the Pods of a manifest like an API
 * server: an AdmissionReview for each, over one TLS connection that verifies the CA. Prints what each Pod requests and
 * the response; 1 when a Pod is denied.
 */
export async function run(flags: DemoFlags, io: Io): Promise<ExitCode> {
  const examples = ['multi-container-demo.yaml', 'deployment.yaml'].map(name =>
    join(shippedDirectory('examples'), name),
  )
  const filename = flags.filename === undefined ? examples : [flags.filename]
  const { manifests, problems } = await readManifests({ filename }, io)
  if (problems.length > 0) throw new Failure(1, ...problems)
  const workloads = manifests.flatMap(({ documents }) => documents.flatMap(({ value }) => workloadsIn(value)))
  if (workloads.length === 0) throw new Failure(1, 'no workloads: no object in these manifests creates Pods')

  const webhook = await startOnLoopback({ ...(flags.profiles !== undefined && { profiles: flags.profiles }) })
  if ('problems' in webhook) throw new Failure(2, ...webhook.problems)
  io.out(`Pillion answers on https://127.0.0.1:${webhook.port}/mutate, with a new certificate.\n`)
  const agent = new Agent({ ca: webhook.ca, keepAlive: true, maxSockets: 1 })
  const codes: ExitCode[] = []
  for (const workload of workloads) codes.push(await showReview(workload, { agent, port: webhook.port }, io))
  agent.destroy()
  await webhook.stop()
  return codes.includes(1) ? 1 : 0
}

async function showReview(workload: Workload, to: { agent: Agent; port: number }, io: Io): Promise<ExitCode> {
  const pod = asReplica(workload)
  const asks = pod.metadata?.annotations?.[annotation.inject]
  const bold = (text: string) => (io.isColoured ? styleText('bold', text, { validateStream: false }) : text)
  io.out(`\n${bold(`${workload.kind}/${workload.name}`)} asks for ${asks ?? 'nothing'}\n`)
  const { response, ms } = await ask(reviewOf(workload, pod), to)
  const { allowed, status, warnings = [], auditAnnotations, patch } = response
  const { outcome, reason, profiles = 'none' } = auditAnnotations
  io.out(`  outcome: ${outcome} (${reason}); profiles: ${profiles}; round trip: ${ms.toFixed(1)} ms\n`)
  for (const warning of warnings) io.out(`  warning: ${warning}\n`)
  if (!allowed) {
    io.out(`  ${status?.message.replaceAll('\n', '\n  ')}\n`)
    return 1
  }
  const operations: Operation[] =
    patch === undefined ? [] : JSON.parse(Buffer.from(patch, 'base64').toString())
  io.out(`  patch:${operations.length > 0 ? '' : ' none'}\n`)
  for (const { op, path, value } of operations)
    io.out(`    ${op} ${path} ${truncate(JSON.stringify(value), 100)}\n`)
  const yaml = (value: unknown) => stringify(value, { lineWidth: 0 })
  io.out(colouredDiff(`${workload.name}.yaml`, yaml(pod), yaml(applied(pod, operations)), io.isColoured))
  return 0
}

/** The Pod as its controller creates it; the manifest of a Pod is the Pod itself. */
function asReplica({ kind, name, path, pod }: Workload): Pod {
  if (path.length === 0 || !isObject(pod)) return pod as Pod
  const owner = kind === 'Deployment' ? { kind: 'ReplicaSet', name: `${name}-5d4f8c7b9` } : { kind, name }
  const metadata: JsonObject = {
    ...(isObject(pod['metadata']) ? pod['metadata'] : {}),
    generateName: `${owner.name}-`,
    ownerReferences: [
      { apiVersion: 'apps/v1', ...owner, uid: '00000000-0000-0000-0000-000000000000', controller: true },
    ],
  }
  return { apiVersion: 'v1', kind: 'Pod', ...pod, metadata } as Pod
}

function reviewOf({ namespace = 'default' }: Workload, pod: Pod): object {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: crypto.randomUUID(),
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      name: pod.metadata?.name ?? '',
      namespace,
      operation: 'CREATE',
      userInfo: { username: 'demo' },
      object: pod,
      dryRun: true,
    },
  }
}

async function ask(review: object, { agent, port }: { agent: Agent; port: number }) {
  const started = performance.now()
  const call = request({
    host: '127.0.0.1',
    port,
    path: '/mutate',
    method: 'POST',
    agent,
    headers: { 'content-type': 'application/json' },
  })
  call.end(JSON.stringify(review))
  const [answer] = await once(call, 'response')
  const { response } = (await json(answer)) as AdmissionReview
  return { response, ms: performance.now() - started }
}
