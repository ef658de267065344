import type { Cluster } from '../engine/decision.ts'
import type { ForOriginal } from '../engine/original/original-pod.ts'
import { applied, type Operation } from '../engine/patch/apply.ts'
import type { Pod } from '../engine/pod.ts'
import { excludedByDefault } from '../engine/select/select.ts'
import { limits } from '../limits/limits.ts'
import { type Decided, decideWorkload, type Surroundings } from '../manifest/decide.ts'
import { namespacesIn, namespaceWith } from '../manifest/namespaces.ts'
import type { FoundPod, MisshapenPod } from '../manifest/pods.ts'
import type { Profiles } from '../profile/accept/profiles.ts'
import type { ManifestText } from './manifest-text.ts'
import type { WhatIf } from './protocol.ts'

/** A workload with the decision about its Pods. */
export interface DecidedPod extends Decided {
  readonly pod: Pod
  /** All patches that the Pod gets: with a second call, those of both. */
  readonly patches: readonly Operation[]
  /** What the last decision follows; undefined if no profile was planned. */
  readonly planned: ForOriginal | undefined
}

/**
 * Decides about each workload of a manifest, in the order of the text, until what they get is as much as the page can show.
 */
export function decideAll(
  { manifest, pods }: ManifestText,
  profiles: Profiles,
  whatIf: WhatIf,
): readonly (DecidedPod | MisshapenPod)[] {
  const around = surroundings(namespacesIn([manifest]), profiles, whatIf)
  const decided: (DecidedPod | MisshapenPod)[] = []
  let characters = 0
  for (const each of pods.slice(0, limits.playgroundWorkloads)) {
    if (characters > limits.playgroundPatches) break
    const one = 'pod' in each ? decideOne(each, around, whatIf.isSecondCall) : each
    if ('patches' in one) characters += JSON.stringify(one.patches).length
    decided.push(one)
  }
  return decided
}

function decideOne(found: FoundPod, around: Surroundings, isSecondCall: boolean): DecidedPod {
  const first = decidePlanned(found, around)
  const { patch } = first.decision
  if (!isSecondCall || patch.length === 0) return { ...first, pod: found.pod, patches: patch }
  // Another webhook changed the Pod in between, so the API server asks again.
  const pod = applied(found.pod, patch)
  const second = decidePlanned({ ...found, pod }, around)
  return { ...second, pod, patches: [...patch, ...second.decision.patch] }
}

function decidePlanned(found: FoundPod, around: Surroundings): Decided & Pick<DecidedPod, 'planned'> {
  let planned: ForOriginal | undefined
  const decided = decideWorkload(found, around, each => {
    planned = each
  })
  return { ...decided, planned }
}

/** What is around the Pods of a manifest: its own Namespaces, and what the page says. */
function surroundings(
  written: ReturnType<typeof namespacesIn>,
  profiles: Profiles,
  { namespace, namespaceLabels, namespaceAnnotations, kubernetesVersion }: WhatIf,
): Surroundings {
  return {
    profiles,
    cluster: clusterOf(kubernetesVersion),
    namespace,
    find: name => {
      const { labels, annotations } = written.find(name)
      const metadata = {
        labels: { ...labels, ...namespaceLabels },
        annotations: { ...annotations, ...namespaceAnnotations },
      }
      return { namespace: namespaceWith(metadata, name), isKnown: true }
    },
  }
}

/** A cluster of a version, with the settings that Pillion is shipped with. */
export function clusterOf(kubernetesVersion: string): Cluster {
  return { kubernetesVersion, excludedNamespaces: excluded }
}

const excluded: ReadonlySet<string> = new Set(excludedByDefault)
