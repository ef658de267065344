import { canonical, type Json } from '../../json/json.ts'
import { pointerStep } from '../../json/pointer.ts'
import type { InjectedNames } from '../decision.ts'
import { annotation, type Pod } from '../pod.ts'
import { claimOf, type Status } from '../status/status.ts'
import type { AmountChange, At, ImageChange, MetadataChange } from './change.ts'
import type { PatchOperation, PodPatch, UpdateMark } from './pod-update.ts'
import { pathOf } from './resize.ts'

interface ToPatch {
  readonly pod: Pod
  readonly status: Status
  readonly profile: string
  readonly to: string
  readonly mark: UpdateMark
  readonly restarts: readonly string[]
  readonly image: readonly ImageChange[]
  readonly amount: readonly AmountChange[]
  readonly metadata: readonly MetadataChange[]
}

/**
 * The requests that make the changes. Requests and limits come first: if the API server refuses them, nothing else has
 * changed, and a new image starts with what its revision gives it. The status comes last, in one patch with the images: so
 * a Pod whose status names a revision has all of it, and an update that was interrupted is found and continued.
 */
export function patchesFor(to: ToPatch): readonly PodPatch[] {
  const { amount, image, metadata } = to
  const isSamePod = sameAs(to.pod)
  const resize: readonly PodPatch[] =
    amount.length === 0
      ? []
      : [{ subresource: 'resize', operations: [...isSamePod, ...amount.flatMap(resized)] }]
  return [
    ...resize,
    {
      operations: [
        ...isSamePod,
        ...image.flatMap(({ container, from, to: next }) =>
          replaced(container, `${pathTo(container)}/image`, from, next),
        ),
        ...metadata.flatMap(relabelled),
        { op: 'replace', path: statusPath, value: canonical(statusAfter(to)) },
      ],
    },
  ]
}

const statusPath = `/metadata/annotations/${pointerStep(annotation.status)}`

/** Tests that the Pod is the one that was looked at, with the status that it had then. */
function sameAs({ metadata }: Pod): readonly PatchOperation[] {
  return [
    { op: 'test', path: '/metadata/uid', value: metadata!['uid']! },
    { op: 'test', path: statusPath, value: metadata!.annotations![annotation.status]! },
  ]
}

/**
 * The request that gives a Pod its old requests and limits, after the first request of an update. It has no test of the new
 * ones, because the API server writes them in its own way (`200m` for `0.2`).
 */
export function undoOf(pod: Pod, amounts: readonly AmountChange[]): PodPatch {
  const back = amounts.flatMap(
    ({ container, amounts: list, resource, before }): readonly PatchOperation[] => [
      { op: 'test', path: `${pathTo(container)}/name`, value: container.name },
      { op: 'replace', path: pathOf(container, list, resource), value: before },
    ],
  )
  return { subresource: 'resize', operations: [...sameAs(pod), ...back] }
}

function resized({ container, amounts, resource, from, to }: AmountChange): readonly PatchOperation[] {
  return replaced(container, pathOf(container, amounts, resource), from, to)
}

function replaced(container: At, path: string, from: Json, to: Json): readonly PatchOperation[] {
  return [
    { op: 'test', path: `${pathTo(container)}/name`, value: container.name },
    { op: 'test', path, value: from },
    { op: 'replace', path, value: to },
  ]
}

function pathTo({ list, index }: At): string {
  return `/spec/${list}/${index}`
}

function relabelled({ map, key, from, to }: MetadataChange): readonly PatchOperation[] {
  const path = `/metadata/${map}/${pointerStep(key)}`
  if (from === to) return []
  const test = from === undefined ? [] : [{ op: 'test', path, value: from } as const]
  if (to === undefined) return [...test, { op: 'remove', path }]
  return [...test, { op: 'add', path, value: to }]
}

/** The status with the new revision. Only the keys of labels and annotations change: the containers stay. */
function statusAfter({ status, profile, to, mark, restarts, metadata }: ToPatch): Status {
  const { revision: from, ...claimed } = claimOf(profile, status)!
  const keys = (map: 'labels' | 'annotations') => {
    const own = metadata.filter(change => change.map === map)
    const gone = new Set(own.filter(change => change.to === undefined).map(({ key }) => key))
    const given = own.flatMap(change => (change.to === undefined ? [] : [change.key]))
    const left = [...new Set([...(claimed[map] ?? []), ...given])].filter(key => !gone.has(key))
    return left.length > 0 || claimed[map] ? { [map]: left } : {}
  }
  const after: InjectedNames = {
    ...claimed,
    ...keys('labels'),
    ...keys('annotations'),
    revision: to,
    updated: { from: mark.previous ?? from, at: mark.at, ...(restarts.length > 0 && { restarts }) },
  }
  return { ...status, profiles: { ...status.profiles, [profile]: after } }
}
