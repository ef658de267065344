import { isObject, type Json, type JsonObject } from '../../json/json.ts'
import { stepsOf } from '../../json/pointer.ts'
import type { Operation } from './operation.ts'

/**
 * A value after our own operations, which only ever add; the value itself stays as it is. Throws where one
 * leads nowhere (RFC 6902, section 4.1), which is a bug in whoever made it.
 */
export function added<T extends JsonObject>(value: T, operations: readonly Operation[]): T {
  return operations.reduce<Json>(
    (before, { path, value: item }) => addedAt(before, stepsOf(path), item),
    value,
  ) as T
}

function addedAt(target: Json, [step, ...rest]: readonly string[], item: Json): Json {
  if (step === undefined) return item
  if (Array.isArray(target)) {
    const index = indexOf(step, target, rest.length === 0)
    if (rest.length === 0) return target.toSpliced(index, 0, item)
    return target.with(index, addedAt(target[index] ?? null, rest, item))
  }
  if (!isObject(target)) throw new Error(`${step} is a member of nothing`)
  const child = Object.hasOwn(target, step) ? target[step] : undefined
  if (rest.length > 0 && child === undefined) throw new Error(`there is no ${step} to add to`)
  return Object.fromEntries([
    ...Object.entries(target),
    [step, rest.length === 0 ? item : addedAt(child ?? null, rest, item)],
  ])
}

function indexOf(step: string, list: readonly Json[], isEnd: boolean): number {
  const index = step === '-' && isEnd ? list.length : /^(0|[1-9]\d*)$/.test(step) ? Number(step) : Number.NaN
  if (!(index < list.length + Number(isEnd)))
    throw new Error(`there is no place ${step} in a list of ${list.length}`)
  return index
}
