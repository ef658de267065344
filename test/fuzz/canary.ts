import { setTimeout as sleep } from 'node:timers/promises'
import { isObject, type JsonObject } from '../../src/json/json.ts'
import type { Replica } from './replica.ts'
import { reviewOf } from './step.ts'

const apiVersion = 'pillion.dev/v1alpha1'
const spec = { containers: [{ name: 'canary', image: 'canary:1' }] }

/** What the others have, whom no case may disturb. */
export const others: readonly JsonObject[] = [
  {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'quiet', labels: { 'pillion.dev/inject': 'enabled' } },
  },
  {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'team-a', labels: { 'pillion.dev/inject': 'enabled' } },
  },
  { apiVersion, kind: 'ClusterSidecarProfile', metadata: { name: 'canary-all' }, spec },
  {
    apiVersion,
    kind: 'SidecarProfile',
    metadata: { name: 'canary-own', namespace: 'quiet' },
    spec: { containers: [{ name: 'own', image: 'own:1' }] },
  },
]

/** Why the Pod of another namespace does not get what it gets when all is well. */
export async function canaries(replica: Replica): Promise<readonly string[]> {
  const pod = {
    metadata: { name: 'canary', annotations: { 'pillion.dev/inject': 'canary-all, canary-own' } },
    spec: { containers: [{ name: 'app', image: 'app:1' }] },
  }
  let last = ''
  // It may have to hear of a change first.
  for (const end = performance.now() + 30_000; performance.now() < end; ) {
    const { status, body } = await replica.post('/mutate', reviewOf('Pod', 'quiet', pod))
    const answer: unknown = status === 200 ? JSON.parse(body) : undefined
    const response = isObject(answer) && isObject(answer['response']) ? answer['response'] : {}
    const patch = Buffer.from(String(response['patch'] ?? ''), 'base64').toString()
    if (patch.includes('"image":"canary:1"') && patch.includes('"image":"own:1"')) return []
    last = `${status} ${body.slice(0, 300)}`
    await sleep(50)
  }
  return [`another namespace's Pod does not get its sidecars: ${last}`]
}

/** Waits until a replica has nothing to do any more, at most a minute; gives its CPU then. */
export async function calm(replica: Replica): Promise<number> {
  // It waits, each time that it is looked at, and spends nothing meanwhile: on a busy machine one look is not enough.
  let rests = 0
  let before = replica.cpuMs()
  const end = performance.now() + 60_000
  while (rests < 4 && replica.isAlive() && performance.now() < end) {
    await sleep(5)
    const now = replica.cpuMs()
    rests = replica.isWaiting() && now === before ? rests + 1 : 0
    before = now
  }
  return before
}
