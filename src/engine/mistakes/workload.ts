import { isObject, type Json, type JsonObject, member } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'
import { listNames } from '../../problems/nearest.ts'
import { fieldPath, type Path } from '../../problems/problem.ts'
import type { Profiles } from '../../profile/accept/profiles.ts'
import type { Decision } from '../decision.ts'
import { annotation, type Namespace, type Pod } from '../pod.ts'
import { settableOf, strayAnnotations } from '../resolve/stray.ts'
import { enabled } from '../select/wrong-words.ts'
import { annotationLine } from './lines.ts'
import { meantKeys } from './meant-key.ts'
import type { Mistake } from './mistake.ts'
import { metadataPaths } from './pod-template.ts'

/** A workload, or a Pod, with the decision about its Pods. */
export interface JudgedWorkload {
  readonly object: JsonObject
  /** The path of its Pod template; empty for a Pod. */
  readonly template: readonly string[]
  readonly pod: Pod
  readonly namespace: Namespace
  readonly decision: Decision
}

/**
 * What the author of a workload wrote for Pillion and Pillion does not see: an annotation of the workload instead of its
 * Pods, a label, a misspelt key, a key of another domain, parameters when nothing asks for their profile. Each sentence has the line to
 * write. What denies a Pod is in its decision.
 */
export function workloadMistakes(workload: JudgedWorkload, profiles: Profiles): readonly Mistake[] {
  const { object, template, pod, namespace, decision } = workload
  if (decision.reason === 'ExcludedNamespace') return []
  const own = pod.metadata?.annotations ?? {}
  const known = profiles.namesIn(namespace.name)
  const meant = meantKeys(
    known.flatMap(name => {
      const profile = profiles.find(name, namespace.name)
      return profile ? settableOf(profile) : []
    }),
  )
  const paths = metadataPaths(template)
  const place = [...paths.at(-1)!, 'annotations']
  const mistakes: Mistake[] = []
  const told = new Set<string>()

  /** Tells each annotation that is missing once, at the place nearest to the Pods. */
  function tell(path: Path, right: string, value: string, sentence: (line: string) => string): void {
    if (told.has(right) || own[right] === value || mistakes.length >= limits.problems) return
    told.add(right)
    mistakes.push({ path, message: sentence(annotationLine(right, value, known)) })
  }

  const nearestFirst = paths.toReversed()
  for (const path of nearestFirst) {
    const isOfPods = path.length === place.length - 1
    for (const [key, value] of textsAt(object, [...path, 'annotations'])) {
      const isReadByEngine = key === annotation.status || (isOfPods && key.startsWith(annotation.prefix))
      const right = isReadByEngine ? undefined : meant(key)
      if (right === undefined || (key !== right && Object.hasOwn(own, right))) continue
      const shown = listNames([key])
      tell([...path, 'annotations', key], right, value, line =>
        isOfPods
          ? `annotation ${shown} means nothing to Pillion; write ${line}`
          : `annotation ${shown} has no effect ${ownerOf(object, path)}; Pillion reads the template of its Pods: write ${line} under ${fieldPath(place)}`,
      )
    }
  }
  // An annotation at another place has the better line.
  for (const path of nearestFirst) {
    for (const [key, value] of textsAt(object, [...path, 'labels'])) {
      const right = meant(key)
      if (right === undefined || Object.hasOwn(own, right) || isSelectedBy(profiles, key)) continue
      tell([...path, 'labels', key], right, value, line => {
        const why = value === enabled ? ', because the label is for Namespaces' : ''
        return `label ${listNames([key])} has no effect here${why}; Pillion reads annotations: write ${line} under ${fieldPath(place)}`
      })
    }
  }
  return [...mistakes, ...strays(workload, profiles, told)].slice(0, limits.problems)
}

/** Annotations of the Pod that set nothing, except those that deny it. */
function strays(
  { pod, namespace, template, decision }: JudgedWorkload,
  profiles: Profiles,
  told: ReadonlySet<string>,
): readonly Mistake[] {
  const getsNothing = decision.reason === 'NotRequested' || decision.reason === 'NotCalled'
  if (!getsNothing && decision.profiles.length === 0) return []
  const selected = decision.profiles.flatMap(({ name }) => profiles.find(name, namespace.name) ?? [])
  return strayAnnotations({ pod, namespace }, selected, profiles).flatMap(
    ({ key, message, refused, profile }) => {
      if (refused && !getsNothing) return []
      const isTold = !getsNothing || profile === undefined || told.has(annotation.inject)
      const line = isTold ? '' : `; to get it, write ${annotation.inject}: ${profile}`
      return [{ path: [...template, 'metadata', 'annotations', key], message: `${message}${line}` }]
    },
  )
}

function ownerOf({ kind }: JsonObject, path: Path): string {
  return path.length > 1 ? 'in the template of its Jobs' : `on the ${String(kind)} itself`
}

/** The texts of a map, by key. */
function textsAt(object: JsonObject, path: Path): readonly (readonly [string, string])[] {
  const map = path.reduce<Json | undefined>((value, step) => member(value, String(step)), object)
  if (!isObject(map)) return []
  return Object.entries(map).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
}

/** Whether a label has an effect, because a profile selects Pods by it. */
function isSelectedBy({ all }: Profiles, key: string): boolean {
  return all.some(({ autoInject }) => {
    const { matchLabels = {}, matchExpressions = [] } = autoInject?.podSelector ?? {}
    return Object.hasOwn(matchLabels, key) || matchExpressions.some(each => each.key === key)
  })
}
