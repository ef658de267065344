import { isObject, type Json, jsonText, sorted } from '../json/json.ts'
import { realTypes, type Schema, schemaAt } from '../json/schema.ts'
import { validatorFor } from '../json/validate.ts'
import { spend } from '../limits/budget.ts'
import { limits } from '../limits/limits.ts'
import { misspelt } from '../problems/nearest.ts'
import type { Path, Problem } from '../problems/problem.ts'
import type { Compile, Expression } from './cel/cel.ts'
import { constant, isConstant, type Member, type Template } from './template.ts'
import { closing, split } from './text.ts'

export interface TemplateContext {
  readonly compile: Compile
  readonly schema: Schema
  /** The schema of the results of expressions at the same places: core/v1 without the limits of a profile's text. */
  readonly rendered: Schema
  readonly problems: Problem[]
  /** Called with the path of each expression before it is compiled. */
  readonly reached?: (path: Path) => void
  /** Pillion made the text, so the limit on its length does not apply. */
  readonly isOurs?: boolean
}

/** Compiles the value at `path` of a document. Problems are added to those of the context. */
export function compileTemplate(value: Json, path: Path, context: TemplateContext): Template {
  spend(unitsANode + path.length)
  if (typeof value === 'string') return compileLeaf(value, path, context)
  if (Array.isArray(value)) {
    const items = value.map((item: Json, i) => compileTemplate(item, [...path, i], context))
    return items.every(isConstant) ? constant(items.map(({ value }) => value)) : { kind: 'list', items }
  }
  if (isObject(value)) return compileObject(value, path, context)
  return constant(value)
}

// A schema node is looked up for each step of a path.
const unitsANode = 8

/** Compiles a condition: an expression whose result must be a bool. */
export function compileCondition(
  source: string,
  path: Path,
  { compile, problems, reached }: TemplateContext,
): Expression | undefined {
  reached?.(path)
  const expression = compile(source)
  if ('error' in expression) {
    const isWrapped = source.startsWith('$(') && closing(source, 2) === source.length - 1
    const bare = isWrapped ? source.slice(2, -1) : undefined
    const hint = isWrapped ? `; a condition is CEL as it is: write ${bare} without $( )` : ''
    const wrong = isWrapped ? misspelt(source, bare) : meantBy(expression)
    problems.push({ path, message: `${cannotBeRead(source, expression)}${hint}`, ...wrong })
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
  const members = entries.map(
    ([key, member = null]): Member =>
      key === 'json' && known?.['json'] !== undefined
        ? ['value', compileText(member, [...path, key], context)]
        : [key, compileTemplate(member, [...path, key], context)],
  )
  const body = objectOf(members)
  if (!conditional) return body
  const condition = compileCondition(String(when), [...path, 'when'], context)
  return condition ? { kind: 'when', condition, path: [...path, 'when'], body } : body
}

function objectOf(members: readonly Member[]): Template {
  const values: [string, Json][] = []
  for (const [key, member] of members) if (isConstant(member)) values.push([key, member.value])
  return values.length === members.length ? constant(Object.fromEntries(values)) : { kind: 'object', members }
}

/** Members are sorted by name, because the API server does not keep the order in which they were written. */
function compileText(value: Json, path: Path, context: TemplateContext): Template {
  const body = compileTemplate(sorted(value), path, context)
  return isConstant(body) ? constant(jsonText(body.value)) : { kind: 'json', body }
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
        problems.push({
          path,
          message: `${cannotBeRead(part.source, expression)}${expression.isForeign ? `; ${literal}` : ''}`,
          ...meantBy(expression),
        })
      else parts.push(expression)
    }
  }
  const isText = parts.length > 1 || typeof parts[0] === 'string'
  if (isText && types.length > 0 && !types.includes('string')) {
    problems.push({ path, message: `${JSON.stringify(text)} is text, where ${types.join(' or ')} is wanted` })
  }
  if (parts.every(part => typeof part === 'string')) return constant(parts.join(''))
  const wanted = isText ? ['string'] : types
  for (const part of parts) {
    const message = typeof part === 'string' ? undefined : mismatch(part, wanted)
    if (message) problems.push({ path, message })
  }
  const structured = !isText && types.some(type => type === 'array' || type === 'object')
  const result = structured ? schemaAt(context.rendered, path) : undefined
  return {
    kind: 'leaf',
    parts,
    path,
    wanted,
    expanded,
    ...(result && { check: validatorFor(result) }),
    ...(isOurs && { isOurs }),
  }
}

const literal = 'write "$$(" for a literal "$("'

function meantBy({ misspelt }: Pick<Problem, 'misspelt'>): Pick<Problem, 'misspelt'> {
  return misspelt ? { misspelt } : {}
}

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

/** The problem when the type of an expression's result cannot stand in its place. */
function mismatch({ source, type }: Expression, wanted: readonly string[]): string | undefined {
  const held = /^optional<(.*)>$/.exec(type)?.[1] ?? type
  if (held === 'dyn' || held === 'T') return undefined
  const given =
    jsonType[held] ?? (held.startsWith('list') ? 'array' : held.startsWith('map') ? 'object' : undefined)
  if (given === undefined) return `$(${source}) gives ${type}, which is not a JSON value`
  const isScalar = !['array', 'object', 'null'].includes(given)
  if (wanted.length === 0 || wanted.includes(given)) return undefined
  if (wanted.includes('string') && isScalar) return undefined
  return `$(${source}) gives ${type}, where ${wanted.join(' or ')} is wanted`
}

/** Whether the kubelet expands `$(VAR)` in a field: command, args (not those of lifecycle handlers), env values, subPathExpr. */
export function isExpanded(path: Path): boolean {
  const variable = path.indexOf('env')
  if (variable >= 0 && path[variable + 2] === 'json') return true
  const [list, field, member] = [path.at(-3), path.at(-2), path.at(-1)]
  if (field === 'command' || field === 'args') return !path.includes('lifecycle')
  return member === 'subPathExpr' || (member === 'value' && list === 'env')
}
