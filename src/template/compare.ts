import { isObject, type Json, type JsonObject } from '../json/json.ts'
import type { Scope } from './cel/cel.ts'
import { evaluate, isTrue } from './evaluate.ts'
import { membersOf, readsOf, type Template } from './template.ts'

/** How the values of one field are compared. */
export interface Comparison {
  /** Whether a value has all that is wanted. */
  has(existing: Json | undefined, wanted: Json | undefined): boolean
  member(name: string): Comparison
  /** For the items of a list. */
  item(): Comparison
  /** What identifies the items of a list; without it, the list is one value. */
  readonly itemKey: ((item: JsonObject) => string) | undefined
}

/**
 * Whether an earlier request for this Pod may have got this value from a template. Expressions over the Pod may have given
 * anything, because other webhooks may have changed the Pod since; all else must be there.
 */
export function couldHaveGiven(
  existing: Json | undefined,
  template: Template,
  scope: Scope,
  comparison: Comparison,
): boolean {
  const could = (value: Json | undefined, part: Template, of = comparison) =>
    couldHaveGiven(value, part, scope, of)
  switch (template.kind) {
    case 'constant':
      return comparison.has(existing, template.value)
    case 'leaf':
      return readsPod(template) || comparison.has(existing, evaluate(template, scope, []))
    case 'json':
      return readsPod(template) ? existing !== undefined : existing === evaluate(template, scope, [])
    case 'when':
      if (template.condition.reads === 'pod') return existing === undefined || could(existing, template.body)
      return !isTrue(template.condition, template.path, scope, []) || could(existing, template.body)
    case 'object':
      return (
        isObject(existing) &&
        template.members.every(([key, member]) => could(existing[key], member, comparison.member(key)))
      )
    case 'list':
      return couldBeList(Array.isArray(existing) ? existing : [], template.items, scope, comparison)
  }
}

export function readsPod(template: Template): boolean {
  return readsOf(template) === 'pod'
}

function couldBeList(
  existing: readonly Json[],
  items: readonly Template[],
  scope: Scope,
  comparison: Comparison,
): boolean {
  const { itemKey } = comparison
  const ofItem = comparison.item()
  if (!itemKey) {
    // If an item may be absent, the items behind it may be anywhere.
    if (items.some(mayBeAbsent)) return true
    return (
      existing.length === items.length &&
      items.every((item, i) => couldHaveGiven(existing[i], item, scope, ofItem))
    )
  }
  const byKey = new Map(existing.filter(isObject).map(item => [itemKey(item), item]))
  return items.every(item => {
    const key = keyOf(item, itemKey, scope)
    return key === undefined || couldHaveGiven(byKey.get(key), item, scope, ofItem)
  })
}

/** Whether an item may give nothing at all: its condition is false, or its one expression gives an absent optional. */
function mayBeAbsent(item: Template): boolean {
  return item.kind === 'when' || (item.kind === 'leaf' && readsPod(item) && item.parts.length === 1)
}

/** What identifies an item, unless that depends on the Pod. */
function keyOf(item: Template, itemKey: (item: JsonObject) => string, scope: Scope): string | undefined {
  const steady = membersOf(item).flatMap(([key, member]): [string, Json][] => {
    const isScalar = member.kind === 'constant' || member.kind === 'leaf'
    const value = isScalar && !readsPod(member) ? evaluate(member, scope, []) : undefined
    return value === undefined ? [] : [[key, value]]
  })
  const known = Object.fromEntries(steady)
  return ['name', 'mountPath', 'containerPort', 'devicePath'].some(key => key in known)
    ? itemKey(known)
    : undefined
}
