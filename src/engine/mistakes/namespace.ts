import { limits } from '../../limits/limits.ts'
import { hintTo, listNames, nearest } from '../../problems/nearest.ts'
import { truncate } from '../../problems/truncate.ts'
import type { Profiles } from '../../profile/accept/profiles.ts'
import { parseParameter } from '../../profile/parameters.ts'
import { levelLabel } from '../../profile/pod-security/level.ts'
import { levels } from '../../profile/pod-security/rules.ts'
import type { Profile } from '../../profile/profile.ts'
import { pinName } from '../../profile/schema/schema.ts'
import type { Cluster } from '../decision.ts'
import { annotation, type Namespace } from '../pod.ts'
import { settableOf, strayAnnotations } from '../resolve/stray.ts'
import { revise } from '../revise/revise.ts'
import { isEnabled, withoutLabel } from '../select/not-called.ts'
import { enabled, isOffWord, mentionsLabel, select } from '../select/select.ts'
import { annotationLine, valueMeant } from './lines.ts'
import { meantKeys } from './meant-key.ts'
import type { Meant, Mistake } from './mistake.ts'

/**
 * The mistakes in the annotations and labels of a Namespace: an annotation names something that does not exist or is not
 * valid, or a label is missing or misspelt.
 */
export function namespaceMistakes(
  namespace: Namespace,
  profiles: Profiles,
  cluster: Cluster,
): readonly Mistake[] {
  if (cluster.excludedNamespaces.has(namespace.name)) return []
  const visible = profiles.allIn(namespace.name)
  const all = [
    ...requested(namespace, profiles, cluster),
    ...parameters(namespace, visible, profiles),
    ...labels(namespace, visible),
  ]
  return all.slice(0, limits.problems)
}

function requested(namespace: Namespace, profiles: Profiles, cluster: Cluster): readonly Mistake[] {
  if (!Object.hasOwn(namespace.annotations, annotation.inject)) return []
  const path = [...annotationsPath, annotation.inject]
  const selection = select({ pod: {}, namespace, operation: 'CREATE' }, profiles, cluster)
  if ('skipped' in selection) return []
  const wrong = selection.refused.map(({ outcome, name, message, cause }) => ({
    path,
    refused: { name, ...(cause && { cause }) },
    message:
      outcome === 'denied'
        ? `${message}${isEnabled(namespace) ? '; its Pods without their own annotation are denied' : ''}`
        : `profile ${name} is skipped: ${message}`,
  }))
  const lacking = `annotation ${annotation.inject} has no effect, because ${withoutLabel(namespace)}`
  return isEnabled(namespace) ? wrong : [{ path, message: lacking, missing: enabling }, ...wrong]
}

const annotationsPath = ['metadata', 'annotations']
const labelsPath = ['metadata', 'labels']
const enabling: Meant = { path: labelsPath, key: annotation.inject, value: enabled }

/** Parameters, and other keys, in the annotations. */
function parameters(
  namespace: Namespace,
  visible: readonly Profile[],
  profiles: Profiles,
): readonly Mistake[] {
  const { annotations } = namespace
  const path = (key: string) => [...annotationsPath, key]
  const annotated = (key: string, value: string): Meant => ({ path: annotationsPath, key, value })
  const meant = meantKeys(visible.flatMap(settableOf))
  const pod = { metadata: { annotations } }
  const stray = strayAnnotations({ pod, namespace }, visible, profiles)
  const invalid = visible.flatMap(({ name, parameters }) =>
    Object.entries(parameters).flatMap(([parameter, declared]): readonly Mistake[] => {
      const key = `${annotation.prefix}${name}.${parameter}`
      if (!Object.hasOwn(annotations, key)) return []
      const parsed = parseParameter(declared, annotations[key]!)
      if (!('problem' in parsed)) return []
      const { problem, meant } = parsed
      const message = `annotation ${key}: ${problem}`
      return [{ path: path(key), message, ...(meant !== undefined && { meant: annotated(key, meant) }) }]
    }),
  )
  const pins = revise(visible, { pod: {}, namespace }, profiles).current.flatMap(({ profile, refused }) =>
    refused
      ? [{ path: path(`${annotation.prefix}${profile.name}.${pinName}`), message: refused.message, refused }]
      : [],
  )
  const foreign = Object.entries(annotations).flatMap(([key, value]): readonly Mistake[] => {
    const right = key.startsWith(annotation.prefix) ? undefined : meant(key)
    if (right === undefined || Object.hasOwn(annotations, right)) return []
    const names = visible.map(({ name }) => name)
    return [
      {
        path: path(key),
        message: `annotation ${listNames([key])} means nothing to Pillion; write ${annotationLine(right, value, names)}`,
        meant: annotated(right, valueMeant(right, value, names)),
      },
    ]
  })
  const unknown = stray.map(({ key, message, meant }) => ({
    path: path(key),
    message,
    ...(meant !== undefined && { meant: annotated(meant, annotations[key] ?? '') }),
  }))
  return [...unknown, ...invalid, ...pins, ...foreign]
}

function labels({ name, labels, annotations }: Namespace, visible: readonly Profile[]): readonly Mistake[] {
  const meant = meantKeys(visible.flatMap(settableOf))
  const command = `kubectl label namespace ${name} ${annotation.inject}=${enabled}`
  return Object.entries(labels).flatMap(([key, value]): readonly Mistake[] => {
    const path = [...labelsPath, key]
    if (key === levelLabel) {
      if (levels.some(level => level === value)) return []
      const level = nearest(value, levels)
      const message = `label ${key} must be one of ${levels.join(', ')}${hintTo(level)}`
      return [{ path, message, ...(level && { meant: { path: labelsPath, key, value: level } }) }]
    }
    const right = meant(key)
    if (right === undefined || isSelected(visible, key)) return []
    const shown = `${listNames([key])}=${truncate(value, longestValue)}`
    if (right !== annotation.inject)
      return [
        {
          path,
          message: `label ${shown} has no effect; Pillion reads annotations: write ${annotationLine(right, value, [])} under metadata.annotations`,
          meant: { path: annotationsPath, key: right, value },
        },
      ]
    if (key !== right) {
      if (Object.hasOwn(labels, right)) return []
      return [
        {
          path,
          message: `label ${shown} means nothing to Pillion; to enable the namespace, run: ${command}`,
          meant: enabling,
        },
      ]
    }
    // The sentence about the annotation has the same command.
    if (value === enabled || isOffWord(value) || Object.hasOwn(annotations, annotation.inject)) return []
    const isProfile = visible.some(profile => profile.name === value)
    const also = isProfile ? `, and write the annotation ${annotation.inject}: ${value}` : ''
    return [
      {
        path,
        message: `label ${shown} does not enable the namespace; run: ${command} --overwrite${also}`,
        meant: enabling,
        ...(isProfile && { missing: { path: annotationsPath, key: annotation.inject, value } }),
      },
    ]
  })
}

const longestValue = 63

function isSelected(visible: readonly Profile[], key: string): boolean {
  return visible.some(({ autoInject, usableIn }) =>
    [autoInject?.namespaceSelector, usableIn?.namespaceSelector].some(selector =>
      mentionsLabel(selector, key),
    ),
  )
}
