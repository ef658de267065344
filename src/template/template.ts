import { isObject, type Json } from '../json/json.ts'
import type { Path, Problem } from '../problems/problem.ts'
import type { Expression } from './cel/cel.ts'

/**
 * JSON with expressions in its string leaves, compiled. A part without expressions is one constant, of any size. Object
 * keys are never templates. A new kind of template does not compile until `contentsOf` and each of `evaluate`,
 * `specialize`, `couldHaveGiven`, `knownValue` and `trace` handles it.
 */
export type Template =
  | Constant
  | { readonly kind: 'list'; readonly items: readonly Template[] }
  | { readonly kind: 'object'; readonly members: readonly Member[] }
  /** The value of `body` as JSON text. */
  | { readonly kind: 'json'; readonly body: Template }
  | { readonly kind: 'when'; readonly condition: Expression; readonly path: Path; readonly body: Template }
  | Leaf

export type Member = readonly [key: string, Template]

interface Constant {
  readonly kind: 'constant'
  readonly value: Json
}

/** A string leaf: one expression, whose type is kept, or text and expressions, which make a string. */
export interface Leaf {
  readonly kind: 'leaf'
  readonly parts: readonly (string | Expression)[]
  readonly path: Path
  /** What the schema allows here; scalars become strings where it wants a string. */
  readonly wanted: readonly string[]
  /** Kubernetes expands `$(VAR)` in this field: text from an expression must not become one. */
  readonly expanded: boolean
  /** Deviations of a list or object that an expression gave from what the schema wants here. */
  readonly check?: (value: Json) => Problem[]
  /** Pillion made the text, for example for `inherit`: it is not in the profile. */
  readonly isOurs?: boolean
}

export function constant(value: Json): Constant {
  return { kind: 'constant', value }
}

export function isConstant(template: Template): template is Constant {
  return template.kind === 'constant'
}

/** The expressions of a template itself, and the templates in it. */
export function contentsOf(template: Template): {
  readonly expressions?: readonly Expression[]
  readonly parts?: readonly Template[]
} {
  switch (template.kind) {
    case 'constant':
      return {}
    case 'leaf':
      return { expressions: template.parts.filter(part => typeof part !== 'string') }
    case 'json':
      return { parts: [template.body] }
    case 'when':
      return { expressions: [template.condition], parts: [template.body] }
    case 'list':
      return { parts: template.items }
    case 'object':
      return { parts: template.members.map(([, member]) => member) }
  }
}

/** Every leaf with an expression in it. */
export function leavesIn(template: Template): readonly Leaf[] {
  return template.kind === 'leaf' ? [template] : (contentsOf(template).parts ?? []).flatMap(leavesIn)
}

/** What the value of a template depends on, besides parameters. Cached, because each level above asks for it. */
export function readsOf(template: Template): Expression['reads'] {
  if (template.kind === 'constant') return 'nothing'
  const known = reads.get(template)
  if (known) return known
  const { expressions = [], parts = [] } = contentsOf(template)
  const all = new Set([...expressions.map(expression => expression.reads), ...parts.map(readsOf)])
  const found = all.has('pod') ? 'pod' : all.has('namespace') ? 'namespace' : 'nothing'
  reads.set(template, found)
  return found
}
const reads = new WeakMap<Template, Expression['reads']>()

/** The members of an object's template, whether or not one of them holds an expression; none of anything else. */
export function membersOf(template: Template): readonly Member[] {
  if (template.kind === 'when') return membersOf(template.body)
  if (template.kind === 'object') return template.members
  if (!isConstant(template) || !isObject(template.value)) return []
  return Object.entries(template.value).map(([key, value = null]) => [key, constant(value)])
}

/**
 * The value as far as it is known before there is a Pod, with `unknown` in place of what an expression gives. A
 * condition counts as true.
 */
export function knownValue(template: Template, unknown: Json): Json {
  switch (template.kind) {
    case 'constant':
      return template.value
    case 'list':
      return template.items.map(item => knownValue(item, unknown))
    case 'object':
      return Object.fromEntries(template.members.map(([key, member]) => [key, knownValue(member, unknown)]))
    case 'when':
      return knownValue(template.body, unknown)
    case 'json':
    case 'leaf':
      return unknown
  }
}
