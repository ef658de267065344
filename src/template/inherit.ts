import type { Json } from '../json/json.ts'
import type { Path } from '../problems/problem.ts'
import type { Expression } from './cel/cel.ts'
import { compileTemplate, type TemplateContext } from './compile.ts'
import { constant, membersOf, type Template } from './template.ts'

/** The lists of the app that a container may inherit, and the key of their items. */
const keys = {
  env: 'name',
  envFrom: undefined,
  volumeMounts: 'mountPath',
  volumeDevices: 'devicePath',
} as const
export type Inheritable = keyof typeof keys
export const inheritable = Object.keys(keys) as readonly Inheritable[]

/** A container's template with the items of the app after its own. If two items have the same key, its own item stays. */
export function withInherited(
  template: Template,
  lists: readonly Inheritable[],
  path: Path,
  context: TemplateContext,
): Template {
  if (lists.length === 0) return template
  if (template.kind === 'when')
    return { ...template, body: withInherited(template.body, lists, path, context) }
  const members = new Map(membersOf(template))
  for (const list of lists) {
    const own = itemsOf(members.get(list))
    const compile = (source: string) => compileTemplate(source, [...path, list], { ...context, isOurs: true })
    if (own.length === 0) members.set(list, compile(`$(app.?${list})`))
    else {
      const others = compile(`$(app.?${list}.orValue([])${withoutOwn(list, own)})`)
      members.set(list, { kind: 'list', items: [...own, others] })
    }
  }
  return { kind: 'object', members: [...members] }
}

/** An expression that stands for the whole list counts as one item; evaluated, it gives all of them. */
function itemsOf(list: Template | undefined): readonly Template[] {
  if (list === undefined) return []
  if (list.kind === 'list') return list.items
  if (list.kind !== 'constant') return [list]
  return (list.value as readonly Json[]).map(constant)
}

/**
 * CEL that removes the items of the app which have the key of an own item, even if an expression gives that key. A
 * trailing slash of a path makes no difference. An own item whose `when` is false removes nothing.
 */
function withoutOwn(list: Inheritable, own: readonly Template[]): string {
  const key = keys[list]
  if (key === undefined) return ''
  const taken = own.flatMap(item => {
    const value = membersOf(item).find(([name]) => name === key)?.[1]
    const source = value && sourceOf(value)
    if (source === undefined) return []
    const isIt = `item.${key} == ${source}`
    const isPath = `item.${key} + "/" == ${source} || item.${key} == ${source} + "/"`
    const found = key === 'mountPath' ? `(${isIt} || ${isPath})` : isIt
    return [item.kind === 'when' ? `((${item.condition.source}) && ${found})` : found]
  })
  return taken.length === 0 ? '' : `.filter(item, !(${taken.join(' || ')}))`
}

/** CEL for the text of a template. */
function sourceOf(template: Template): string | undefined {
  if (template.kind === 'constant') return JSON.stringify(template.value)
  if (template.kind !== 'leaf') return undefined
  const parts = template.parts.map(part => (typeof part === 'string' ? JSON.stringify(part) : textOf(part)))
  return `(${parts.join(' + ')})`
}

function textOf({ source, type }: Expression): string {
  if (type === 'string') return `(${source})`
  return type.startsWith('optional') ? `(${source}).orValue("")` : `string(${source})`
}
