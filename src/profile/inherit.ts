import type { Json } from './json.ts'
import type { Path } from './problem.ts'
import { compileTemplate, type Template, type TemplateContext } from './template.ts'

/** The lists that a container may have from the app besides its own, and by what their items are told apart. */
const keys = { env: 'name', envFrom: undefined, volumeMounts: 'mountPath' } as const
export type Inheritable = keyof typeof keys
export const inheritable = Object.keys(keys) as readonly Inheritable[]

/** A container's template with the app's items behind its own; of two with one key its own stays. */
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

function membersOf(template: Template): readonly (readonly [string, Template])[] {
  if (template.kind === 'object') return template.members
  return template.kind === 'constant' ? Object.entries(template.value as object).map(constantMember) : []
}

function constantMember([key, value]: [string, Json]): [string, Template] {
  return [key, { kind: 'constant', value }]
}

/** An item that is one expression for the whole list gives all its items when it is rendered. */
function itemsOf(list: Template | undefined): readonly Template[] {
  if (list === undefined) return []
  if (list.kind === 'list') return list.items
  if (list.kind !== 'constant') return [list]
  return (list.value as readonly Json[]).map(value => ({ kind: 'constant', value }))
}

/** A filter for what has the constant key of one of the container's own. */
function withoutOwn(list: Inheritable, own: readonly Template[]): string {
  const key = keys[list]
  const taken = own.flatMap(item => {
    const body = item.kind === 'when' ? item.body : item
    const value = membersOf(body).find(([name]) => name === key)?.[1]
    return value?.kind === 'constant' ? [value.value] : []
  })
  return taken.length === 0 ? '' : `.filter(item, !(item.${key} in ${JSON.stringify(taken)}))`
}
