import { isObject, type Json, type JsonObject, member } from '../../json/json.ts'
import type { Path } from '../../problems/problem.ts'
import { compareText } from '../../profile/accept/namespace-quota.ts'
import type { Imported, Note } from './imported.ts'
import { containersFrom, headOf, listOf, nameFrom, objectOf, serverNotes, unlessEmpty } from './parts.ts'
import { failure, type Source } from './source.ts'
import { Taken, type TreeObject, taken } from './tree.ts'

/** A SidecarSet of OpenKruise (apps.kruise.io/v1alpha1). https://openkruise.io/docs/user-manuals/sidecarset */
export function sidecarSet(source: Source): Imported {
  const { value } = source
  if (member(value, 'kind') !== 'SidecarSet') throw failure(source, ['kind'], 'must be SidecarSet')
  const spec = objectOf(member(value, 'spec'))
  const notes: Note[] = [...serverNotes]
  const { sidecars, init } = containersFrom(spec, ['spec'], notes, besidesCore, (container, path, isInit) =>
    containerMembers(container, path, isInit, notes),
  )
  const name = nameFrom(source, ['metadata', 'name'], member(member(value, 'metadata'), 'name'))
  const profile = headOf(source, 'ClusterSidecarProfile', name, {
    autoInject: {
      podSelector: taken(spec['selector'], ['spec', 'selector']),
      namespaceSelector: namespaceSelector(spec),
    },
    volumes: taken(spec['volumes'], ['spec', 'volumes']),
    // OpenKruise injects them in the order of their names.
    initContainers: unlessEmpty(init.toSorted((a, b) => compareText(nameIn(a), nameIn(b)))),
    containers: unlessEmpty(sidecars),
    pod: podMembers(spec, notes),
    revisionHistoryLimit: taken(spec['revisionHistoryLimit'], ['spec', 'revisionHistoryLimit']),
    rollout: rollout(objectOf(spec['updateStrategy']), notes),
  })
  injectionNotes(objectOf(spec['injectionStrategy']), String(name.value), notes)
  const { value: injected } = name
  return {
    source,
    profiles: [profile],
    notes,
    requests: [
      [
        'a Pod that spec.selector selects',
        'the same Pod, in a namespace with the label pillion.dev/inject: enabled',
      ],
      ['a Pod that must not have the sidecar', 'annotation pillion.dev/inject: none'],
      ['a Pod that spec.selector does not select', `annotation pillion.dev/inject: ${injected}`],
    ],
  }
}

const besidesCore = [
  'podInjectPolicy',
  'upgradeStrategy',
  'shareVolumePolicy',
  'transferEnv',
  'resourcesPolicy',
]

function nameIn({ name }: TreeObject): string {
  return name instanceof Taken ? String(name.value) : ''
}

function namespaceSelector(spec: JsonObject): TreeObject | undefined {
  const why = 'namespaces are selected by their labels, and Kubernetes labels each with its name'
  const { namespace } = spec
  if (namespace === undefined)
    return taken(spec['namespaceSelector'], ['spec', 'namespaceSelector']) as TreeObject
  return { matchLabels: { 'kubernetes.io/metadata.name': new Taken(namespace, ['spec', 'namespace'], why) } }
}

/** What a profile has instead of the members of a SidecarContainer that core/v1 does not have. */
function containerMembers(container: JsonObject, path: Path, isInit: boolean, notes: Note[]): TreeObject {
  const why = isInit
    ? 'OpenKruise does not use it in init containers'
    : 'a native sidecar starts before the app; `lifecycle: regular` puts it after the app containers, and `order` changes the place'
  notes.push({ path: [...path, 'podInjectPolicy'], verdict: isInit ? 'not needed' : 'changed', why })
  const strategy = [...path, 'upgradeStrategy']
  const isHot = member(container['upgradeStrategy'], 'upgradeType') === 'HotUpgrade'
  notes.push({
    path: strategy,
    verdict: isHot ? 'impossible' : 'changed',
    why: isHot
      ? 'Pillion has no hot upgrade: the kubelet restarts the sidecar. Keep this one with OpenKruise if it must not restart'
      : 'spec.rollout.update decides it: with InPlace the kubelet restarts the sidecar',
  })
  notes.push({
    path: [...path, 'resourcesPolicy'],
    verdict: 'impossible',
    why: 'pillion import does not translate its formulas: write quantities under `resources`, or make them parameters',
  })
  const share = [...path, 'shareVolumePolicy', 'type']
  const type = member(container['shareVolumePolicy'], 'type')
  notes.push({
    path: share,
    verdict: 'not needed',
    why: 'a sidecar has only its own mounts without `inherit`',
  })
  const inherit =
    type === 'enabled'
      ? [
          new Taken(
            'volumeMounts',
            share,
            'the sidecar gets the mounts of the first app container, not of all of them',
          ),
        ]
      : undefined
  const env = listOf(container['transferEnv']).flatMap((each, i) =>
    transferred(each, [...path, 'transferEnv', i], notes),
  )
  return { ...(inherit && { inherit }), ...(env.length > 0 && { env }) }
}

function transferred(item: Json, path: Path, notes: Note[]): TreeObject[] {
  const sourceName = member(item, 'sourceContainerName')
  notes.push({
    path,
    verdict: 'impossible',
    why: 'without the name of a container, write an expression with pod.spec.containers under env',
  })
  if (typeof sourceName !== 'string') return []
  const single = member(item, 'envName')
  const names = [
    ...(typeof single === 'string' && single !== '' ? [[single, [...path, 'envName']] as const] : []),
    ...listOf(member(item, 'envNames')).flatMap((name, i) =>
      typeof name === 'string' ? [[name, [...path, 'envNames', i]] as const] : [],
    ),
  ]
  const why =
    'an expression reads the value of the app container; a value that it has from valueFrom is not read'
  return names.map(([name, at]) => {
    const container = `c.name == ${JSON.stringify(sourceName)}`
    const variable = `e.name == ${JSON.stringify(name)} && has(e.value)`
    const list = `pod.spec.containers.filter(c, ${container} && has(c.env))`
    return {
      name: new Taken(name, at, why),
      when: new Taken(
        `pod.spec.containers.exists(c, ${container} && has(c.env) && c.env.exists(e, ${variable}))`,
        [...path, 'sourceContainerName'],
        why,
        true,
      ),
      value: `$(${list}[0].env.filter(e, ${variable})[0].value)`,
    }
  })
}

function podMembers(spec: JsonObject, notes: Note[]): TreeObject | undefined {
  const annotations: TreeObject = {}
  for (const [i, patch] of listOf(spec['patchPodMetadata']).entries()) {
    const path = ['spec', 'patchPodMetadata', i]
    const policy = member(patch, 'patchPolicy') ?? 'Retain'
    notes.push({
      path: [...path, 'patchPolicy'],
      verdict: policy === 'Retain' ? 'changed' : 'impossible',
      why:
        policy === 'Retain'
          ? 'an annotation of the Pod always wins, with a warning'
          : 'an annotation of the Pod always wins, as a whole: remove it from the Pods',
    })
    if (policy === 'MergePatchJson') {
      const why = 'JSON in an annotation is not merged: write the whole value under spec.pod.annotations'
      notes.push({ path: [...path, 'annotations'], verdict: 'impossible', why })
      continue
    }
    const why = policy === 'Retain' ? undefined : 'an annotation of the Pod wins'
    notes.push({
      path: [...path, 'annotations'],
      verdict: 'not needed',
      why: 'a later entry has the same annotation',
    })
    for (const [key, value] of Object.entries(objectOf(member(patch, 'annotations'))))
      annotations[key] = taken(value, [...path, 'annotations', key], why)
  }
  const imagePullSecrets = taken(spec['imagePullSecrets'], ['spec', 'imagePullSecrets'])
  const isAnnotated = Object.keys(annotations).length > 0
  return imagePullSecrets || isAnnotated
    ? { imagePullSecrets, ...(isAnnotated && { annotations }) }
    : undefined
}

/** https://openkruise.io/docs/user-manuals/sidecarset#sidecar-update-strategy */
function rollout(strategy: JsonObject, notes: Note[]): TreeObject | undefined {
  const at = ['spec', 'updateStrategy']
  const { type, paused, selector, partition, maxUnavailable } = strategy
  const say = (field: string, why: string, verdict: Note['verdict'] = 'impossible') =>
    notes.push({ path: [...at, field], verdict, why })
  say('priorityStrategy', 'a rollout updates the Pods of each workload in turn, maxUnavailable at a time')
  say('scatterStrategy', 'a rollout updates the Pods of each workload in turn, maxUnavailable at a time')
  say('partition', 'a canary is a share of the workloads in percent: write spec.rollout.canary.percent')
  say('selector', 'it must be a label selector')
  const percent = typeof partition === 'string' ? /^(\d{1,3})%$/.exec(partition)?.[1] : undefined
  const share = percent === undefined || Number(percent) > 100 ? undefined : 100 - Number(percent)
  if (partition === 0) say('partition', 'all workloads get a new revision', 'not needed')
  const podSelector =
    isObject(selector) &&
    taken(
      selector,
      [...at, 'selector'],
      'these Pods get a new revision first; without a failure it then becomes the stable one of all Pods',
    )
  const canary = podSelector
    ? { podSelector }
    : share !== undefined &&
      partition !== '0%' && {
        percent: new Taken(
          share,
          [...at, 'partition'],
          'the share of the workloads that get the new revision',
        ),
      }
  if (podSelector && partition !== undefined)
    say('partition', 'a canary has a selector or a percentage, not both: update in two steps')
  const update = type === 'NotUpdate' ? 'OnCreate' : 'InPlace'
  const why =
    update === 'OnCreate'
      ? 'Pods that run are not changed'
      : 'images and resources of Pods that run are changed'
  return {
    update: type === undefined ? update : new Taken(update, [...at, 'type'], why),
    ...(canary && { canary }),
    ...(paused !== undefined && {
      paused: taken(
        paused,
        [...at, 'paused'],
        'while it is true, no Pod gets a revision that is accepted meanwhile',
      ),
    }),
    ...(maxUnavailable !== undefined && {
      maxUnavailable: taken(maxUnavailable, [...at, 'maxUnavailable'], 'it counts the Pods of each workload'),
    }),
  }
}

function injectionNotes(strategy: JsonObject, name: string, notes: Note[]): void {
  const at = ['spec', 'injectionStrategy']
  notes.push(
    strategy['paused'] === true
      ? {
          path: [...at, 'paused'],
          verdict: 'impossible',
          why: 'remove spec.autoInject while no Pod should get the profile',
        }
      : { path: [...at, 'paused'], verdict: 'not needed', why: 'Pods get the profile' },
    {
      path: [...at, 'revision'],
      verdict: 'impossible',
      why: `pin a revision in Pods or namespaces: annotation pillion.dev/${name}.revision`,
    },
  )
}
