import { expect } from 'vitest'
import { profilePaths } from '../../../src/cluster/profile/profiles.ts'
import { decide } from '../../../src/engine/decide.ts'
import type { Operation } from '../../../src/engine/patch/apply.ts'
import type { Container, Pod } from '../../../src/engine/pod.ts'
import type { JsonObject } from '../../../src/json/json.ts'
import { collect, type Profiles } from '../../../src/profile/accept/profiles.ts'
import { readProfile } from '../../../src/profile/read.ts'
import { startOtherWebhook } from '../../apiserver/other-webhook.ts'
import { type Plans, revisionsIn } from '../plans.ts'
import type { Sample } from '../samples.ts'
import { itBears, useWorld } from './fault.ts'
import type { World } from './world.ts'

itBears(useWorld(), [
  {
    name: 'webhooks before and after Pillion reorder the Pod, add containers and drop a field that they do not know',
    // This process answers four requests for each Pod, besides those of the load.
    perSecond: 20,
    judge: async world => convergence(world, await storedProfiles(world)),
    inflict: (_, world) => meddling(world),
    after: () => '20 Pods a second',
  },
])

/** Two webhooks; the API server calls Pillion after the first one, and again after the second one. */
async function meddling({ server }: World): Promise<AsyncDisposable> {
  const open = new AsyncDisposableStack()
  const webhooks = [
    { name: 'before', adds: 'mesh' },
    { name: 'xenon', adds: 'scanner' },
  ]
  for (const { name, adds } of webhooks) {
    let calls = 0
    const { configuration, stop } = await startOtherWebhook({
      name,
      reinvocationPolicy: 'IfNeeded',
      change(pod) {
        calls++
        return specOf(withContainer(reordered(pod), adds))
      },
    })
    const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'
    expect((await server.request('POST', path, configuration)).status).toBe(201)
    open.defer(async () => {
      await server.request('DELETE', `${path}/${name}`)
      stop()
      expect(calls).toBeGreaterThan(100)
    })
  }
  return open
}

/** The containers, init containers, volumes and environment variables of a Pod in the reverse order. */
function reordered({ spec = {}, ...pod }: Pod): Pod {
  const reverse = (containers: readonly Container[] = []) =>
    containers.toReversed().map(({ env = [], ...container }) => ({ ...container, env: env.toReversed() }))
  return {
    ...pod,
    spec: {
      ...spec,
      containers: reverse(spec.containers),
      ...(spec.initContainers && { initContainers: reverse(spec.initContainers) }),
      ...(spec.volumes && { volumes: spec.volumes.toReversed() }),
    },
  }
}

/** Without the scheduling gates of the samples, which Kubernetes has from 1.26 on. */
function withContainer({ spec = {}, ...pod }: Pod, name: string): Pod {
  const { containers = [], schedulingGates: _, ...known } = spec
  if (containers.some(container => container.name === name)) return { ...pod, spec: { ...known, containers } }
  return { ...pod, spec: { ...known, containers: [{ name, image: 'example/other:1' }, ...containers] } }
}

function specOf({ spec = {} }: Pod): readonly Operation[] {
  return [{ op: 'replace', path: '/spec', value: spec } as unknown as Operation]
}

/** Judges a Pod that others have changed: Pillion has nothing to add, and everything is there that the Pod asks for. */
function convergence({ plans }: World, profiles: Profiles): Plans {
  const cluster = { kubernetesVersion: '1.34', excludedNamespaces: new Set<string>() }
  function find(sample: Sample, stored: JsonObject): ReturnType<Plans['find']> {
    const missing = sample.profiles.filter(name => !(name in revisionsIn(stored)))
    if (missing.length > 0) return { verdict: 'without', message: `without ${missing.join(' and ')}` }
    const { namespace } = sample
    const { outcome, patch, message } = decide(
      { pod: stored, namespace, operation: 'CREATE' },
      profiles,
      cluster,
    )
    if (outcome !== 'denied' && patch.length === 0) return undefined
    return { verdict: 'wrong', message: `${message}; ${JSON.stringify(patch)}` }
  }
  return { ...plans, find }
}

async function storedProfiles({ api }: World): Promise<Profiles> {
  const stored: JsonObject[] = []
  for await (const { items } of api.pages(profilePaths.ClusterSidecarProfile)) stored.push(...items)
  return collect(
    stored.flatMap(object => {
      const read = readProfile(object)
      return 'profile' in read ? [read.profile] : []
    }),
  ).profiles
}
