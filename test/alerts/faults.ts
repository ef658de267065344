import type { IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { issueCertificate } from '../../src/cluster/certificate/certificate-authority.ts'
import type { JsonObject } from '../../src/json/json.ts'
import { createBlocked } from '../apiserver/blocked.ts'
import { podAsking } from '../apiserver/deployed.ts'
import { answer, freeze, type Fault as Misbehaviour } from '../apiserver/proxy.ts'
import { until } from '../apiserver/until.ts'
import { type ReplicaWishes, type Stage, type StagedReplica, stepSeconds } from './stage.ts'

/** What happens on a stage: `fault` is marked when it begins, `healed` when it ends. */
export const scenarios: Readonly<Record<string, (stage: Stage) => Promise<void>>> = {
  async quiet(stage) {
    await healthy(stage, 8 * 60)
  },

  /** What the picture of the dashboard shows. */
  async 'eventful-day'(stage) {
    const replicas = await healthy(stage, 5)
    await busy(stage, 115)
    await killed(stage, replicas)
    const missed = [await stage.pod('work-dir'), await stage.pod('log-tail'), await stage.pod('log-tail')]
    await stage.minutes(9)
    await healed(stage, 3)
    await busy(stage, 60)
    stage.mark('replaced')
    for (const name of missed) if (name) await stage.deletePod(name)
    await busy(stage, 60)
  },

  async upgrade(stage) {
    const [a, b] = await healthy(stage)
    stage.mark('upgrade')
    for (const [old, name] of [
      [a, 'pillion-new-c'],
      [b, 'pillion-new-d'],
    ] as const) {
      await stage.startReplica(name)
      await ordinary(stage, 1)
      await old.stop()
      await ordinary(stage, 1)
    }
    await led(stage)
    await ordinary(stage, 60)
  },

  async drain(stage) {
    const [a] = await healthy(stage)
    stage.mark('drain')
    // The PodDisruptionBudget allows one eviction. The replacement does not start at once.
    await a.stop()
    await ordinary(stage, 3)
    await stage.startReplica('pillion-c')
    await led(stage)
    await ordinary(stage, 60)
  },

  async 'no-replicas'(stage) {
    const replicas = await healthy(stage)
    await killed(stage, replicas)
    const missed = await stage.pod('work-dir')
    if (!missed) throw new Error('failurePolicy Ignore admits a Pod without an answer')
    await stage.minutes(20)
    await healed(stage, 1)
    await ordinary(stage, 60)
  },

  async 'no-replicas-and-fail'(stage) {
    const replicas = await healthy(stage)
    for (const index of [0, 1]) await patchWebhook(stage, index, 'failurePolicy', 'Fail')
    await stage.minutes(2)
    await killed(stage, replicas)
    if (await stage.pod('work-dir')) throw new Error('failurePolicy Fail admits no Pod without an answer')
    await stage.minutes(20)
  },

  async bug(stage) {
    await healthy(stage, 20, { sabotage: { SABOTAGE_BUSY_MS: '0' } })
    stage.mark('fault')
    await stage.pod('work-dir', 'unlucky')
    await stage.scrape()
    await stage.server.createNamespace('unlucky')
    const problems = () => stage.largest('pillion_object_problems_total', '"Namespace"')
    await until('it could not be handled', 20_000, async () => (await problems()) > 0)
    await ordinary(stage, 30)
  },

  async slow(stage) {
    const [a, b] = await healthy(stage)
    stage.mark('fault')
    await Promise.all([a.stop(), b.stop()])
    await stage.startReplica('pillion-c', { sabotage: { SABOTAGE_BUSY_MS: '300' } })
    await stage.startReplica('pillion-d', { sabotage: { SABOTAGE_BUSY_MS: '300' } })
    await led(stage)
    await ordinary(stage, 60)
  },

  async denials(stage) {
    await healthy(stage)
    stage.mark('fault')
    const began = stage.seconds()
    const { metadata = {}, spec = {} } = podAsking('blocked', 'work-dri')
    await createBlocked(stage.server, {
      namespace: 'shop',
      name: 'blocked',
      answer: 'admission webhook "pod.inject.pillion.dev" denied the request: pillion: UnknownProfile',
      labels: { app: 'blocked' },
      template: { metadata, spec },
    })
    const blocked = () => stage.largest('pillion_blocked_workloads')
    await until('the sweep found it', 20_000, async () => (await blocked()) > 0)
    const tries = replicaSetRetries()
    let next = 0
    await stage.minutes(150, async () => {
      // One Deployment with one replica and a misspelt annotation.
      for (; (tries[next] ?? Number.POSITIVE_INFINITY) <= stage.seconds() - began; next++) {
        if (await stage.pod('work-dri')) throw new Error('an unknown profile denies the Pod')
      }
    })
  },

  async typo(stage) {
    await healthy(stage)
    stage.mark('fault')
    // Somebody corrects it after five minutes.
    const began = stage.seconds()
    for (const at of replicaSetRetries().filter(seconds => seconds < 300)) {
      while (stage.seconds() - began < at) await stage.minutes(stepSeconds / 60)
      await stage.pod('work-dri')
    }
    await ordinary(stage, 90)
  },

  async 'certificate-expires'(stage) {
    const { cert, key } = await issueCertificate({ dnsNames: ['pillion.pillion.svc'], days: 5 })
    const flags = await stage.files({ 'tls-cert': cert, 'tls-key': key })
    await stage.startReplica('pillion-a', { flags })
    await stage.startReplica('pillion-b', { flags })
    await led(stage)
    stage.mark('fault')
    await stage.minutes(120)
  },

  async 'certificate-not-trusted'(stage) {
    const replicas = await healthy(stage)
    stage.mark('fault')
    block(
      replicas,
      ({ method = 'GET', url = '' }) => method === 'PATCH' && url.includes('webhookconfigurations'),
    )
    // A GitOps tool restores a bundle that is a year old.
    const { ca } = await issueCertificate({ dnsNames: ['old'], days: 1 })
    const bundle = Buffer.from(ca).toString('base64')
    for (const index of [0, 1]) await patchWebhook(stage, index, 'clientConfig/caBundle', bundle)
    await until(
      'it is not trusted',
      20_000,
      async () => (await stage.largest('pillion_certificate_trusted')) === 0,
    )
    await stage.minutes(30)
  },

  async 'webhook-gone'(stage) {
    await healthy(stage)
    stage.mark('fault')
    await deleteConfigurations(stage)
    await until('they know', 20_000, async () => (await stage.largest('pillion_webhook_configured')) === 0)
    const missed = await stage.pod('work-dir')
    if (!missed) throw new Error('nobody denies the Pod')
    await stage.minutes(60)
  },

  async 'webhook-of-others'(stage) {
    await healthy(stage)
    stage.mark('fault')
    // Another installation took over the configuration.
    for (const index of [0, 1]) await patchWebhook(stage, index, 'clientConfig/service/name', 'other')
    const configured = () => stage.largest('pillion_webhook_configured', '"MutatingWebhookConfiguration"')
    await until('they know', 20_000, async () => (await configured()) === 0)
    await stage.minutes(30)
  },

  async 'no-profiles'(stage) {
    await healthy(stage)
    const running = await stage.pod('work-dir')
    if (!running) throw new Error('it is injected')
    await ordinary(stage, 2)
    stage.mark('fault')
    await stage.server.request('DELETE', profiles)
    await until('there are none', 20_000, async () => (await stage.largest('pillion_profiles')) === 0)
    const denied = () => stage.largest('pillion_missed_pods', '"Denied"')
    await until('the sweep found the Pod', 20_000, async () => (await denied()) > 0)
    await stage.minutes(60)
  },

  async 'profile-not-accepted'(stage) {
    await healthy(stage)
    stage.mark('fault')
    await stage.server.request('POST', '/apis/pillion.dev/v1alpha1/namespaces/shop/sidecarprofiles', {
      apiVersion: 'pillion.dev/v1alpha1',
      kind: 'SidecarProfile',
      metadata: { name: 'work-dir' },
      spec: { containers: [{ name: 'agent', image: 'example/agent:1' }] },
    })
    await until('it is known', 20_000, async () => (await stage.largest('pillion_profile_problems')) > 0)
    await ordinary(stage, 40)
  },

  async 'rollout-stuck'(stage) {
    await healthy(stage, 20, { flags: ['--rollout=true'] })
    await runningWithSidecar(stage)
    await ordinary(stage, 5)
    stage.mark('fault')
    await newImage(stage)
    // The node never pulls the image.
    await until('the image is being pulled', 90_000, async () => (await pullPods(stage)).length > 0)
    const due = () => stage.largest('pillion_rollout_pods', 'state="outdated"')
    await until('the update is due', 90_000, async () => (await due()) > 0)
    await ordinary(stage, 70)
  },

  async 'rollout-failed'(stage) {
    await healthy(stage, 20, { flags: ['--rollout=true'] })
    await runningWithSidecar(stage)
    await newImage(stage)
    await until('the image is being pulled', 90_000, async () => (await pullPods(stage)).length > 0)
    stage.mark('fault')
    const waiting = { reason: 'ErrImagePull', message: 'busybox:none: not found' }
    for (const name of await pullPods(stage)) {
      const status = { containerStatuses: [{ ...notReady('pull'), state: { waiting } }] }
      await stage.server.request('PATCH', `/api/v1/namespaces/pillion/pods/${name}/status`, { status })
    }
    const failed = () => stage.largest('pillion_rollouts', 'phase="Degraded"')
    await until('the rollout has failed', 90_000, async () => (await failed()) > 0)
    await ordinary(stage, 40)
  },

  async 'cut-off'(stage) {
    const [, b] = await healthy(stage)
    stage.mark('fault')
    b.proxy.misbehave(freeze)
    b.proxy.watches(response => response.destroy())
    await stage.server.request('PATCH', `${profiles}/work-dir`, { spec: { description: 'Another one.' } })
    // In real time, because the recorder does not convert the age of a watch.
    const watchAge = () => stage.largest('pillion_watch_age_seconds')
    while ((await watchAge()) < 125) {
      await stage.scrape()
      await sleep(stepSeconds * 1_000)
    }
    await stage.minutes(20)
  },

  async 'no-leader'(stage) {
    const replicas = await healthy(stage)
    stage.mark('fault')
    block(replicas, ({ url = '' }) => url.includes('/leases'))
    await until('nobody leads', 30_000, async () => (await stage.largest('pillion_leader')) === 0)
    await ordinary(stage, 40)
  },

  async 'no-sweep'(stage) {
    const replicas = await healthy(stage)
    stage.mark('fault')
    block(replicas, ({ url = '' }) => /^\/api\/v1\/pods\b/.test(url))
    await ordinary(stage, 90)
  },

  async 'never-swept'(stage) {
    const misbehaviour = forbid(({ url = '' }) => /^\/api\/v1\/pods\b/.test(url))
    await stage.startReplica('pillion-a', { misbehaviour })
    await stage.startReplica('pillion-b', { misbehaviour })
    await until('one leads', 20_000, async () => (await stage.largest('pillion_leader')) === 1)
    stage.mark('fault')
    await ordinary(stage, 60)
  },
}

const profiles = '/apis/pillion.dev/v1alpha1/clustersidecarprofiles'
const configurations = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'

/** Two replicas to which nothing happens for some minutes. */
async function healthy(stage: Stage, minutes = 20, wishes: ReplicaWishes = {}) {
  const a = await stage.startReplica('pillion-a', wishes)
  const b = await stage.startReplica('pillion-b', wishes)
  await led(stage)
  await until('Pods are injected', 20_000, async () => {
    const name = await stage.pod('work-dir')
    if (name) await stage.deletePod(name)
    return (await stage.largest('pillion_injections_total', '"work-dir"')) > 0
  })
  await ordinary(stage, minutes)
  return [a, b] as const
}

/** All replicas end at once. */
async function killed(stage: Stage, replicas: readonly StagedReplica[]): Promise<void> {
  stage.mark('fault')
  await Promise.all(replicas.map(replica => replica.stop('SIGKILL')))
  await stage.scrape()
}

/** Others start, and find the Pods that were missed. */
async function healed(stage: Stage, missed: number): Promise<void> {
  stage.mark('healed')
  await stage.startReplica('pillion-c')
  await stage.startReplica('pillion-d')
  await led(stage)
  const found = () => stage.largest('pillion_missed_pods')
  await until('the sweep found them', 20_000, async () => (await found()) === missed)
}

async function led(stage: Stage): Promise<void> {
  const swept = () => stage.largest('pillion_sweep_timestamp_seconds')
  await until('the leader swept', 30_000, async () => (await swept()) > Date.now() / 1_000 - 2)
}

/** Somebody deploys something every five minutes. */
async function ordinary(stage: Stage, minutes: number): Promise<void> {
  let last: string | undefined
  await stage.minutes(minutes, async () => {
    if (stage.seconds() % 300 !== 0) return
    if (last) await stage.deletePod(last)
    last = await stage.pod('work-dir')
  })
  if (last) await stage.deletePod(last)
}

/** Deployments every minute with several profiles, and now and then a mistake. */
async function busy(stage: Stage, minutes: number): Promise<void> {
  let step = 0
  await stage.minutes(minutes, async () => {
    step++
    if (step % 2 === 0) return
    const names = []
    for (let i = 0; i <= (step % 16) / 4; i++) {
      names.push(await stage.pod(['work-dir', 'log-tail', 'work-dir, log-tail'][i % 3] ?? ''))
    }
    if (step % 40 === 1) await stage.pod('work-dri')
    for (const name of names) if (name) await stage.deletePod(name)
  })
}

type Asked = Pick<IncomingMessage, 'method' | 'url'>

/** The API server answers these requests with 403, as without the permission. */
function block(replicas: readonly StagedReplica[], isBlocked: (request: Asked) => boolean): void {
  for (const { proxy } of replicas) proxy.misbehave(forbid(isBlocked))
}

function forbid(isBlocked: (request: Asked) => boolean): Misbehaviour {
  const body = {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code: 403,
    reason: 'Forbidden',
    message: 'no',
  }
  const forbidden = answer(403, JSON.stringify(body))
  return call => (isBlocked(call.request) ? forbidden(call) : call.forward())
}

/** A Pod with a sidecar that runs on a node, as a kubelet would say it: there is none here. */
async function runningWithSidecar({ server }: Stage): Promise<void> {
  const ready = { type: 'Ready', status: 'True', reason: 'KubeletReady', message: '' }
  await server.request('POST', '/api/v1/nodes', { metadata: { name: 'worker' } })
  await server.request('PATCH', '/api/v1/nodes/worker/status', { status: { conditions: [ready] } })
  const pod = podAsking('steady', 'log-tail') as { readonly spec: JsonObject }
  const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'steady', uid: 'u', controller: true }
  await server.request('POST', '/api/v1/namespaces/shop/pods', {
    ...pod,
    metadata: { ...((pod as JsonObject)['metadata'] as JsonObject), ownerReferences: [owner] },
    spec: { ...pod.spec, nodeName: 'worker' },
  })
  const running = (name: string, image: string) => ({
    ...notReady(name),
    image,
    imageID: 'sha256:0',
    ready: true,
    started: true,
    state: { running: { startedAt: new Date().toISOString() } },
  })
  const status = {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: [running('app', 'example/app:1')],
    initContainerStatuses: [running('log-tail', 'busybox:1.37')],
  }
  const { body } = await server.request('PATCH', '/api/v1/namespaces/shop/pods/steady/status', { status })
  if (!JSON.stringify(body).includes('pillion.dev/status')) throw new Error(JSON.stringify(body))
}

function notReady(name: string) {
  return { name, image: '', imageID: '', ready: false, restartCount: 0 }
}

/** Gives the profile an image that no node has. */
async function newImage({ server }: Stage): Promise<void> {
  const image = { default: 'busybox:none' }
  const spec = { rollout: { update: 'InPlace' }, parameters: { image } }
  await server.request('PATCH', `${profiles}/log-tail`, { spec: { rollout: spec.rollout } })
  const path = `${profiles}/log-tail`
  await until('it is stable', 20_000, async () => {
    const { body } = await server.request<{ status?: { rollout?: object } }>('GET', path)
    return body.status?.rollout !== undefined
  })
  const { status, body } = await server.request('PATCH', path, { spec })
  if (status !== 200) throw new Error(JSON.stringify(body))
}

async function pullPods({ server }: Stage): Promise<readonly string[]> {
  const path = '/api/v1/namespaces/pillion/pods?labelSelector=pillion.dev/pull'
  const { body } = await server.request<{ items: readonly { metadata: { name: string } }[] }>('GET', path)
  return body.items.map(({ metadata }) => metadata.name)
}

async function patchWebhook(stage: Stage, index: number, path: string, value: string): Promise<void> {
  const patch = [{ op: 'add', path: `/webhooks/${index}/${path}`, value }] as unknown as JsonObject
  const contentType = 'application/json-patch+json'
  const { status, body } = await stage.server.request('PATCH', `${configurations}/pillion`, patch, {
    contentType,
  })
  if (status !== 200) throw new Error(JSON.stringify(body))
}

async function deleteConfigurations(stage: Stage): Promise<void> {
  for (const path of [configurations, configurations.replace('mutating', 'validating')]) {
    await stage.server.request('DELETE', `${path}/pillion`)
  }
}

/**
 * The times at which the controller of a ReplicaSet tries to create a Pod that is denied, in seconds after the first time.
 * Its rate limiter starts with 5 ms and doubles the pause, up to 1,000 s.
 * https://pkg.go.dev/k8s.io/client-go/util/workqueue#DefaultTypedControllerRateLimiter
 */
function replicaSetRetries(): readonly number[] {
  const times = [0]
  for (let wait = 0.005; times.length < 30; wait = Math.min(2 * wait, 1_000))
    times.push((times.at(-1) ?? 0) + wait)
  return times
}
