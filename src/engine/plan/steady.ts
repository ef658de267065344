import { isObject, type Json, type JsonObject } from '../../json/json.ts'
import type { Scope } from '../../template/cel/cel.ts'
import { expressionsIn, type Leaf, type Template } from '../../template/compile.ts'
import { holds as isTrue, render } from '../../template/evaluate.ts'
import type { Container } from '../pod.ts'
import { type Field, fields, memberOf } from './fields.ts'
import { holds, isContainer } from './present.ts'

/**
 * Whether a Pod's container can be what a template gave an earlier call for this Pod, though it is not what it
 * gives now: whatever an expression makes of the Pod may be anything. Since then other webhooks may have
 * changed what it read, and containers are not given twice. To be asked only of what the status says is ours.
 */
export function mayBeGiven(
  existing: Container,
  wanted: Container,
  template: Template,
  scope: Scope,
): boolean {
  if (template.kind === 'when') return mayBeGiven(existing, wanted, template.body, scope)
  if (template.kind !== 'object' || existing['restartPolicy'] !== wanted['restartPolicy']) return false
  return template.members.every(([key, member]) => {
    if (!readsPod(member)) return isContainer(existing, { name: wanted.name, [key]: wanted[key] })
    // Which volume they mount depends on what the app containers mount, besides.
    return (
      key === 'resources' ||
      key === 'volumeMounts' ||
      mayHold(existing[key], member, scope, memberOf(fields.container, key))
    )
  })
}

function mayHold(existing: Json | undefined, template: Template, scope: Scope, field: Field): boolean {
  switch (template.kind) {
    case 'constant':
      return holds(existing, template.value, field)
    case 'leaf': {
      const value = steadyValue(template, scope)
      return value === varying || holds(existing, value, field)
    }
    case 'json':
      return readsPod(template) ? existing !== undefined : existing === render(template, scope, [])
    case 'when':
      if (template.condition.reads === 'pod')
        return existing === undefined || mayHold(existing, template.body, scope, field)
      return (
        !isTrue(template.condition, template.path, scope, []) ||
        mayHold(existing, template.body, scope, field)
      )
    case 'object':
      return (
        isObject(existing) &&
        template.members.every(([member, value]) =>
          mayHold(existing[member], value, scope, memberOf(field, member)),
        )
      )
    case 'list':
      return mayHoldList(Array.isArray(existing) ? existing : [], template.items, scope, field)
  }
}

function mayHoldList(
  existing: readonly Json[],
  items: readonly Template[],
  scope: Scope,
  { itemKey, members = {} }: Field,
): boolean {
  const field: Field = { members }
  if (!itemKey) {
    // Where items come and go with the Pod nothing is known of those behind them.
    const isFixed = items.every(item => item.kind !== 'when' && !mayVanish(item))
    return (
      !isFixed ||
      (existing.length === items.length && items.every((item, i) => mayHold(existing[i], item, scope, field)))
    )
  }
  const byKey = new Map(existing.filter(isObject).map(item => [itemKey(item), item]))
  return items.every(item => {
    const body = item.kind === 'when' ? item.body : item
    const wanted = keyIn(body, itemKey, scope)
    return (
      wanted === varying || mayHold(wanted === undefined ? undefined : byKey.get(wanted), item, scope, field)
    )
  })
}

/** By what an item of a list is found again, in so far as that does not depend on the Pod. */
function keyIn(
  body: Template,
  itemKey: (item: JsonObject) => string,
  scope: Scope,
): string | undefined | typeof varying {
  if (body.kind === 'constant') return isObject(body.value) ? itemKey(body.value) : undefined
  if (body.kind !== 'object') return varying
  const members = body.members.flatMap(([key, member]): [string, Json][] => {
    if (member.kind !== 'constant' && member.kind !== 'leaf') return []
    const value = steadyValue(member, scope)
    return value === varying || value === undefined ? [] : [[key, value]]
  })
  const item = Object.fromEntries(members)
  const isKnown = ['name', 'mountPath', 'containerPort', 'devicePath'].some(key => key in item)
  return isKnown ? itemKey(item) : varying
}

const varying = Symbol('what the Pod has a say in')

function steadyValue(
  template: Leaf | Extract<Template, { kind: 'constant' }>,
  scope: Scope,
): Json | undefined | typeof varying {
  return readsPod(template) ? varying : render(template, scope, [])
}

function readsPod(template: Template): boolean {
  return expressionsIn(template).some(({ reads }) => reads === 'pod')
}

/** Whether it may give nothing at all: its one expression an absent optional. */
function mayVanish(item: Template): boolean {
  return item.kind === 'leaf' && readsPod(item) && item.parts.length === 1
}
