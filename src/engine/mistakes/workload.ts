import { type JsonObject, objectAt } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'
import { listNames } from '../../problems/nearest.ts'
import { fieldPath, type Path } from '../../problems/problem.ts'
import type { Profiles } from '../../profile/accept/profiles.ts'
import type { Cluster, Subject } from '../decision.ts'
import { annotation } from '../pod.ts'
import { settableOf, strayAnnotations } from '../resolve/stray.ts'
import { enabled, isOnWord, mentionsLabel, select } from '../select/select.ts'
import { annotationLine, valueMeant } from './lines.ts'
import { meantKeys } from './meant-key.ts'
import type { Mistake } from './mistake.ts'
import { metadataPaths } from './pod-template.ts'

/** A workload or a Pod, with the Pod for which Pillion would decide. */
export interface WrittenWorkload {
  readonly object: JsonObject
  /** The path of its Pod template; empty for a Pod. */
  readonly template: Path
  readonly subject: Subject
}

/**
 * Annotations and labels of a workload that are meant for Pillion but have no effect: on the workload instead of its Pods, a
 * label, a misspelt key, a key of another domain, or parameters of a profile that nothing asks for. Each sentence has the
 * line to write. A mistake that denies the Pods is not here, because the decision reports it.
 */
export function workloadMistakes(
  workload: WrittenWorkload,
  profiles: Profiles,
  cluster: Cluster,
): readonly Mistake[] {
  const { object, template, subject } = workload
  const selection = select(subject, profiles, cluster)
  const skipped = 'skipped' in selection ? selection.skipped.reason : undefined
  if (skipped === 'ExcludedNamespace') return []
  const { pod, namespace } = subject
  const own = pod.metadata?.annotations ?? {}
  const known = profiles.namesIn(namespace.name)
  const meant = meantKeys(profiles.allIn(namespace.name).flatMap(settableOf))
  const paths = metadataPaths(template)
  const place = [...paths.at(-1)!, 'annotations']
  const mistakes: Mistake[] = []
  const told = new Set<string>()

  /** Reports each missing annotation once, at the place nearest to the Pods. */
  function tell(path: Path, right: string, value: string, sentence: (line: string) => string): void {
    if (told.has(right) || own[right] === value || mistakes.length >= limits.problems) return
    told.add(right)
    const message = sentence(annotationLine(right, value, known))
    // Which profiles somebody wants who writes "enabled" is not known.
    const isKnown = right !== annotation.inject || !isOnWord(value)
    const meant = { path: place, key: right, value: valueMeant(right, value, known) }
    mistakes.push({ path, message, ...(isKnown && { meant }) })
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
  // An annotation at another place gives the better suggestion, so annotations come first.
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
  const selected = 'skipped' in selection ? [] : selection.profiles
  const asks = skipped === undefined || told.has(annotation.inject)
  if (skipped !== undefined && skipped !== 'NotRequested' && skipped !== 'NotCalled') return mistakes
  const stray = strayAnnotations(subject, selected, profiles).flatMap(
    ({ key, message, refused, profile, meant }): readonly Mistake[] => {
      // The decision already reports this, because it denies the Pod.
      if (refused && skipped === undefined) return []
      const isMissing = !asks && profile !== undefined
      const line = isMissing ? `; to get it, write ${annotation.inject}: ${profile}` : ''
      return [
        {
          path: [...place, key],
          message: `${message}${line}`,
          ...(meant !== undefined && { meant: { path: place, key: meant, value: own[key] ?? '' } }),
          ...(isMissing && { missing: { path: place, key: annotation.inject, value: profile } }),
        },
      ]
    },
  )
  return [...mistakes, ...stray].slice(0, limits.problems)
}

function ownerOf({ kind }: JsonObject, path: Path): string {
  return path.length > 1 ? 'in the template of its Jobs' : `on the ${String(kind)} itself`
}

/** The texts of a map, by key. */
function textsAt(object: JsonObject, path: Path): readonly (readonly [string, string])[] {
  return Object.entries(objectAt(object, ...path.map(String))).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
}

/** Whether a label has an effect, because a profile selects Pods by it. */
function isSelectedBy({ all }: Profiles, key: string): boolean {
  return all.some(({ autoInject }) => mentionsLabel(autoInject?.podSelector, key))
}
