import { injectInto } from '../../src/engine/decide.fixture.ts'
import type { Pod } from '../../src/engine/pod.ts'
import type { Profiles } from '../../src/profile/accept/profiles.ts'
import type { ApiServer } from '../../test/apiserver/apiserver.ts'
import { podFor } from '../../test/apiserver/pods.ts'
import { type Creation, create } from '../cluster-scale/objects.ts'

const namespaceCount = 10
/** Asks for all of its Pods. */
export const enabledNamespace = 'team-9'

/**
 * Fills a cluster with Pods of 2 KB in ten namespaces. In nine of them every tenth Pod asks for a profile, and every
 * fifth of those was missed; no Pod of the tenth has what that one asks for.
 */
export async function fill(cluster: ApiServer, podCount: number, profiles: Profiles): Promise<void> {
  for (let i = 0; i < namespaceCount; i++) await cluster.createNamespace(`team-${i}`)
  await create(cluster, creations(podCount, profiles), 16)
}

/** One after the other: all of them at once would be memory of the process that measures. */
function* creations(podCount: number, profiles: Profiles): Generator<Creation> {
  for (let i = 0; i < podCount; i++) {
    const path = `/api/v1/namespaces/team-${i % namespaceCount}/pods`
    yield { path, object: podNumbered(i, profiles) }
  }
}

function podNumbered(i: number, profiles: Profiles): object {
  const turn = Math.floor(i / namespaceCount)
  const isAsking = turn % 10 === 0 && `team-${i % namespaceCount}` !== enabledNamespace
  const note = { 'example.com/note': 'x'.repeat(1_400) }
  const annotations = { ...note, ...(isAsking && { 'pillion.dev/inject': 'log-tail' }) }
  const pod = podFor(`web-${i}`, { annotations, controller: { kind: 'ReplicaSet', name: 'web' } }) as Pod
  return isAsking && turn % 50 !== 0 ? injectInto(pod, profiles) : pod
}
