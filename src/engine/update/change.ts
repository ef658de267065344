import type { Json } from '../../json/json.ts'
import type { PodList } from '../../profile/places.ts'

/** One place at which the Pod is to have something else. */
export type Change = ImageChange | AmountChange | MetadataChange | Obstacle

export type ContainerList = Exclude<PodList, 'volumes'>

/** The image of a container at an index of its list. */
export interface ImageChange {
  readonly is: 'image'
  readonly field: string
  readonly container: At
  readonly from: string
  readonly to: string
}

/** A request or a limit of CPU or memory. */
export interface AmountChange {
  readonly is: 'amount'
  readonly field: string
  readonly container: At
  readonly amounts: 'requests' | 'limits'
  readonly resource: string
  /** As the old revision gave it. */
  readonly before: Json
  /** As it stands in the Pod: `to` if an update ended between its two requests. */
  readonly from: Json
  readonly to: Json
}

/** A label or an annotation; without `from` it is new, and without `to` it goes. */
export interface MetadataChange {
  readonly is: 'metadata'
  readonly field: string
  readonly map: 'labels' | 'annotations'
  readonly key: string
  readonly from?: string
  readonly to?: string
}

/** A difference that a Pod that runs cannot make up, and why. */
export interface Obstacle {
  readonly is: 'obstacle'
  readonly field: string
  readonly because: string
}

/** A container of the Pod. */
export interface At {
  readonly list: ContainerList
  readonly index: number
  readonly name: string
}

export function obstacle(field: string, because: string): Obstacle {
  return { is: 'obstacle', field, because }
}

/** Why most fields cannot change: https://kubernetes.io/docs/concepts/workloads/pods/#pod-update-and-replacement */
export const immutable = 'Kubernetes does not allow this change in a Pod that runs'

/** Why a value stays that is not the one of the profile. */
export function foreign(revision: string): string {
  return `it is not what revision ${revision} gave: somebody or another webhook changed it`
}
