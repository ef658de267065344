import { isObject, type Json, jsonText, sorted } from '../json/json.ts'
import { shape } from '../json/validate.ts'
import { spend } from '../limits/budget.ts'
import { limits } from '../limits/limits.ts'
import type { Path, Problem } from '../problems/problem.ts'
import { realTypes, type Schema, schemaAt } from '../profile/schema/core-schema.ts'
import type { Compile, Expression } from './cel/cel.ts'

/**
 * JSON with expressions in its string leaves, compiled. What holds no expression is one constant,
 * however large; object keys are never templates.
 */
export type Template =
  | { readonly kind: 'constant'; readonly value: Json }
  | { readonly kind: 'list'; readonly items: readonly Template[] }
  | { readonly kind: 'object'; readonly members: readonly (readonly [string, Template])[] }
  /** The text of what `body` gives, as JSON. */
  | { readonly kind: 'json'; readonly body: Template }
  | { readonly kind: 'when'; readonly condition: Expression; readonly path: Path; readonly body: Template }
  | Leaf

/** A string leaf: one expression, whose type is kept, or text and expressions, which make a string. */
export interface Leaf {
  readonly kind: 'leaf'
  readonly parts: readonly (string | Expression)[]
  readonly path: Path
  /** What core/v1 allows here; scalars become strings where it wants a string. */
  readonly wanted: readonly string[]
  /** Kubernetes expands `$(VAR)` in this field: text from an expression must not become one. */
  readonly expanded: boolean
  /** Deviations of a list or object that an expression gave from what core/v1 wants here. */
  readonly check?: (value: Json) => Problem[]
}

export interface TemplateContext {
  readonly compile: Compile
  readonly schema: Schema
  /** What core/v1 has at the same places, for what an expression gives. */
  readonly rendered: Schema
  readonly problems: Problem[]
  /** Called with the place of each expression before it is compiled. */
  readonly reached?: (path: Path) => void
  /** Whether the text was made by Pillion, as long as it has to be. */
  readonly isOurs?: boolean
}

/** Compiles a value that stands at `path` of a document of the context's schema; problems are added to it. */
export function compileTemplate(value: Json, path: Path, context: TemplateContext): Template {
  spend(unitsANode + path.length)
  if (typeof value === 'string') return compileLeaf(value, path, context)
  if (Array.isArray(value)) {
    const items = value.map((item: Json, i) => compileTemplate(item, [...path, i], context))
    return items.every(isConstant)
      ? { kind: 'constant', value: items.map(item => item.value) }
      : { kind: 'list', items }
  }
  if (isObject(value)) return compileObject(value, path, context)
  return { kind: 'constant', value }
}

// A schema node is looked up for each step of a path.
const unitsANode = 8

/** Every expression that a template holds. */
export function expressionsIn(template: Template): readonly Expression[] {
  switch (template.kind) {
    case 'constant':
      return []
    case 'leaf':
      return template.parts.filter(part => typeof part !== 'string')
    case 'json':
      return expressionsIn(template.body)
    case 'when':
      return [template.condition, ...expressionsIn(template.body)]
    case 'list':
      return template.items.flatMap(expressionsIn)
    case 'object':
      return template.members.flatMap(([, member]) => expressionsIn(member))
  }
}

/** Every leaf with an expression in it. */
export function leavesIn(template: Template | undefined): readonly Leaf[] {
  switch (template?.kind) {
    case 'leaf':
      return [template]
    case 'json':
    case 'when':
      return leavesIn(template.body)
    case 'list':
      return template.items.flatMap(leavesIn)
    case 'object':
      return template.members.flatMap(([, member]) => leavesIn(member))
    default:
      return []
  }
}

/** What an object's template gives as one of its members; undefined where it holds no expression. */
export function memberOf(template: Template, key: string): Template | undefined {
  if (template.kind === 'when') return memberOf(template.body, key)
  return template.kind === 'object' ? template.members.find(([name]) => name === key)?.[1] : undefined
}

/** A condition: an expression that must give a bool. */
export function compileCondition(
  source: string,
  path: Path,
  { compile, problems, reached }: TemplateContext,
): Expression | undefined {
  reached?.(path)
  const expression = compile(source)
  if ('error' in expression) {
    const isWrapped = source.startsWith('$(') && closing(source, 2) === source.length - 1
    const hint = isWrapped ? `; a condition is CEL as it is: write ${source.slice(2, -1)} without $( )` : ''
    problems.push({ path, message: `${cannotBeRead(source, expression)}${hint}` })
  } else if (!['bool', 'dyn'].includes(expression.type)) {
    problems.push({ path, message: `gives ${expression.type}, not a bool: ${source}` })
  } else return expression
  return undefined
}

function compileObject(
  value: Readonly<Record<string, Json | undefined>>,
  path: Path,
  context: TemplateContext,
): Template {
  const known = schemaAt(context.schema, path)?.properties
  const { when, ...rest } = value
  const conditional = when !== undefined && known?.['when'] !== undefined
  const entries = Object.entries(conditional ? rest : value)
  const members = entries.map(([key, member = null]): readonly [string, Template] =>
    key === 'json' && known?.['json'] !== undefined
      ? ['value', compileText(member, [...path, key], context)]
      : [key, compileTemplate(member, [...path, key], context)],
  )
  const body: Template = members.every(([, member]) => isConstant(member))
    ? {
        kind: 'constant',
        value: Object.fromEntries(members.map(([key, member]) => [key, (member as Constant).value])),
      }
    : { kind: 'object', members }
  if (!conditional) return body
  const condition = compileCondition(String(when), [...path, 'when'], context)
  return condition ? { kind: 'when', condition, path: [...path, 'when'], body } : body
}

/** With its members in the order of their names: the API server does not keep the order they were written in. */
function compileText(value: Json, path: Path, context: TemplateContext): Template {
  const body = compileTemplate(sorted(value), path, context)
  return isConstant(body) ? { kind: 'constant', value: jsonText(body.value) } : { kind: 'json', body }
}

type Constant = Extract<Template, { kind: 'constant' }>

function isConstant(template: Template): template is Constant {
  return template.kind === 'constant'
}

function compileLeaf(text: string, path: Path, context: TemplateContext): Template {
  const { compile, problems, reached, isOurs = false } = context
  const node = schemaAt(context.schema, path)
  const types = realTypes(node)
  const expanded = isExpanded(path)
  const parts: (string | Expression)[] = []
  for (const part of split(text, expanded)) {
    if (typeof part === 'string') parts.push(part)
    else if (part.source === undefined)
      problems.push({ path, message: `"$(" at ${part.offset + 1} has no ")"; ${literal}` })
    else if (part.source.length > limits.expressionLength && !isOurs) {
      const message = `the expression at ${part.offset + 1} has ${part.source.length} characters; the limit is ${limits.expressionLength}`
      problems.push({ path, message })
    } else {
      reached?.(path)
      const expression = compile(part.source)
      if ('error' in expression)
        problems.push({ path, message: `${cannotBeRead(part.source, expression)}; ${literal}` })
      else parts.push(expression)
    }
  }
  const isText = parts.length > 1 || typeof parts[0] === 'string'
  if (isText && types.length > 0 && !types.includes('string')) {
    problems.push({ path, message: `${JSON.stringify(text)} is text, where ${types.join(' or ')} is wanted` })
  }
  if (parts.every(part => typeof part === 'string')) return { kind: 'constant', value: parts.join('') }
  const wanted = isText ? ['string'] : types
  for (const part of parts) {
    const message = typeof part === 'string' ? undefined : mismatch(part, wanted)
    if (message) problems.push({ path, message })
  }
  const structured = !isText && types.some(type => type === 'array' || type === 'object')
  const result = structured ? schemaAt(context.rendered, path) : undefined
  return { kind: 'leaf', parts, path, wanted, expanded, ...(result && { check: shape(result) }) }
}

const literal = 'write "$$(" for a literal "$("'

function cannotBeRead(source: string, { error }: { error: string }): string {
  return `cannot be read as CEL: ${source}: ${error}`
}

const jsonType: Record<string, string> = {
  string: 'string',
  int: 'integer',
  double: 'number',
  bool: 'boolean',
  null: 'null',
}

/** Why an expression's checked type cannot stand where core/v1 wants something else. */
function mismatch({ source, type }: Expression, wanted: readonly string[]): string | undefined {
  const held = /^optional<(.*)>$/.exec(type)?.[1] ?? type
  if (held === 'dyn' || held === 'T') return undefined
  const given =
    jsonType[held] ?? (held.startsWith('list') ? 'array' : held.startsWith('map') ? 'object' : undefined)
  if (given === undefined) return `$(${source}) gives ${type}, which is no JSON value`
  const isScalar = !['array', 'object', 'null'].includes(given)
  if (wanted.length === 0 || wanted.includes(given)) return undefined
  if (wanted.includes('string') && isScalar) return undefined
  return `$(${source}) gives ${type}, where ${wanted.join(' or ')} is wanted`
}

/** Fields in which the kubelet expands `$(VAR)`: command, args, env values and subPathExpr, no lifecycle handler. */
function isExpanded(path: Path): boolean {
  const variable = path.indexOf('env')
  if (variable >= 0 && path[variable + 2] === 'json') return true
  const [list, field, member] = [path.at(-3), path.at(-2), path.at(-1)]
  if (field === 'command' || field === 'args') return !path.includes('lifecycle')
  return member === 'subPathExpr' || (member === 'value' && list === 'env')
}

type Part = string | { readonly source: string | undefined; readonly offset: number }

/**
 * Splits text at its expressions. `$$(` is a literal `$(`; `$(NAME)` with a C identifier is Kubernetes'
 * own reference to a variable and stays text. Where the kubelet `expanded` them, it takes `$$(` for the
 * same, so that it is kept for the kubelet.
 */
function split(text: string, expanded: boolean): Part[] {
  const parts: Part[] = []
  let plain = ''
  let i = 0
  while (i < text.length) {
    if (text.startsWith('$$(', i)) {
      plain += expanded ? '$$(' : '$('
      i += 3
    } else if (text.startsWith('$(', i)) {
      const end = closing(text, i + 2)
      const source = end === undefined ? undefined : text.slice(i + 2, end)
      if (source !== undefined && /^[A-Za-z_]\w*$/.test(source)) plain += `$(${source})`
      else {
        if (plain !== '') parts.push(plain)
        plain = ''
        parts.push({ source, offset: i })
      }
      i = end === undefined ? text.length : end + 1
    } else {
      const next = text.indexOf('$', i + 1)
      const end = next < 0 ? text.length : next
      plain += text.slice(i, end)
      i = end
    }
  }
  if (plain !== '' || parts.length === 0) parts.push(plain)
  return parts
}

/** Where the parenthesis that was opened before `start` closes, past nested ones and CEL string literals. */
function closing(text: string, start: number): number | undefined {
  let depth = 1
  for (let i = start; i < text.length; i++) {
    const character = text[i]
    if (character === '(') depth++
    else if (character === ')' && --depth === 0) return i
    else if (character === '"' || character === "'") i = literalEnd(text, i, character) - 1
  }
  return undefined
}

/**
 * Behind the string literal that starts at an index. One that is not closed takes the rest, so that no text is looked
 * at twice. https://github.com/google/cel-spec/blob/master/doc/langdef.md#string-and-bytes-values
 */
function literalEnd(text: string, start: number, quote: string): number {
  const triple = quote.repeat(3)
  const mark = text.startsWith(triple, start) ? triple : quote
  for (let i = start + mark.length; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text.startsWith(mark, i)) return i + mark.length
  }
  return text.length
}
