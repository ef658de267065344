import { isObject, type Json } from '../json/json.ts'
import { spend } from '../limits/budget.ts'
import type { Path } from '../problems/problem.ts'
import type { Expression, Scope } from './cel/cel.ts'
import { evaluate } from './evaluate.ts'
import { contentsOf, type Template } from './template.ts'

/** A value that a template gave, with the place in the document of each part of it. */
export interface Traced {
  readonly value: Json
  readonly source: Source
  /** Of an object or a list whose parts have sources of their own: by name, or by index. */
  readonly parts?: ReadonlyMap<string | number, Traced>
}

/** The part of a document that gave a value. */
export interface Source {
  readonly path: Path
  /** The expressions of this value, in the order of the text. */
  readonly expressions: readonly Expression[]
  /** The conditions (`when`) that were true for it. */
  readonly conditions: readonly Expression[]
  /** The values that the expressions read. */
  readonly scope: Scope
  /** Compiled from a text that Pillion made, for example for `inherit`. */
  readonly isOurs: boolean
}

type Around = Pick<Source, 'scope' | 'conditions'>

/**
 * What `evaluate` gives, with the source of each part: several items if an expression stands for items of a list, none if the
 * template gives nothing. `path` is the place of the template in its document. Failures are left out: `evaluate` reports
 * them.
 */
export function trace(
  template: Template,
  path: Path,
  scope: Scope,
  conditions: readonly Expression[] = [],
): readonly Traced[] {
  spend(path.length)
  const around = { scope, conditions }
  switch (template.kind) {
    case 'constant':
      return [{ value: template.value, source: sourceOf(path, around) }]
    case 'when': {
      const { condition, body } = template
      const holds = condition.evaluate(scope)
      return 'value' in holds && holds.value === true
        ? trace(body, path, scope, [...conditions, condition])
        : []
    }
    case 'object': {
      const members = template.members.flatMap(([key, member]) => {
        // `json` of the document is `value` in the result.
        const [traced] = trace(member, [...path, member.kind === 'json' ? 'json' : key], scope, conditions)
        return traced ? [[key, traced] as const] : []
      })
      const value = Object.fromEntries(members.map(([key, traced]) => [key, traced.value]))
      return [{ value, source: sourceOf(path, around), parts: new Map(members) }]
    }
    case 'list': {
      const items = template.items.flatMap((item, i) => trace(item, [...path, i], scope, conditions))
      return [listOf(items, sourceOf(path, around))]
    }
    case 'leaf':
    case 'json': {
      const value = evaluate(template, scope, [])
      if (value === undefined) return []
      const isOurs = template.kind === 'leaf' && template.isOurs === true
      const source = { ...sourceOf(path, around), expressions: expressionsIn(template), isOurs }
      const isItems = Array.isArray(value) && typeof path.at(-1) === 'number'
      return (isItems ? (value as readonly Json[]) : [value]).map(one => ({ value: one, source }))
    }
    default:
      return template satisfies never
  }
}

/** A list of values that were traced one by one. */
export function listOf(items: readonly Traced[], source: Source): Traced {
  return { value: items.map(({ value }) => value), source, parts: new Map(items.entries()) }
}

/** A member or an item of a traced value. */
export function partOf({ value, source, parts }: Traced, step: string | number): Traced | undefined {
  if (parts) return parts.get(step)
  const isHere = Array.isArray(value) || isObject(value) ? Object.hasOwn(value, step) : false
  if (!isHere) return undefined
  const part = (value as { readonly [step: string | number]: Json })[step]!
  // Everything within the result of an expression comes from the expression.
  if (source.expressions.length > 0) return { value: part, source }
  return { value: part, source: { ...source, path: [...source.path, step] } }
}

function sourceOf(path: Path, around: Around): Source {
  return { path, ...around, expressions: [], isOurs: false }
}

function expressionsIn(template: Template): readonly Expression[] {
  const { expressions = [], parts = [] } = contentsOf(template)
  return [...expressions, ...parts.flatMap(expressionsIn)]
}
