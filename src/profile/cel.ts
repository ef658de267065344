import { Environment, type ParseResult } from '@marcbachmann/cel-js'
import { RE2JS } from 're2js'
import { limitCost } from './cel-cost.ts'
import { isObject, type Json } from './json.ts'
import type { Parameter } from './schema.ts'

/**
 * CEL over a Pod, typed and checked when a profile is read, evaluated under a cost limit at admission.
 * https://github.com/google/cel-spec and, for JSON integers as CEL ints,
 * https://kubernetes.io/docs/reference/using-api/cel/
 */
export interface Expression {
  readonly source: string
  /** The CEL type of the result, `dyn` when only evaluation can tell. */
  readonly type: string
  /** The result as JSON; `undefined` for an absent optional. */
  evaluate(scope: Scope): { readonly value: Json | undefined } | { readonly error: string }
}

/** What the variables of an expression hold. Each value is JSON and is neither copied nor changed. */
export interface Scope {
  readonly params: Json
  readonly pod: Json
  readonly namespaceObject: Json
  readonly app: Json
  readonly container?: Json
}
export type Variable = keyof Scope

/** Compiles expressions over the given variables and a profile's parameters. */
export type Compile = (source: string) => Expression | { readonly error: string; readonly offset: number }

export function compiler(
  parameters: Readonly<Record<string, Parameter>>,
  variables: readonly Variable[],
): Compile {
  const environment = base.clone()
  environment.registerVariable({ name: 'params', schema: parameterTypes(parameters) })
  for (const name of variables) if (name !== 'params') environment.registerVariable(name, 'map')
  return source => compile(environment, source)
}

const base = new Environment({
  enableOptionalTypes: true,
  homogeneousAggregateLiterals: false,
  limits: { maxAstNodes: 2_000, maxDepth: 50 },
})
// The library compares an optional only with one of its own type; the API server compares any two.
base.registerOperator('optional<T> == optional<T>', (a: Optional, b: Optional) => sameOptional(a, b))

interface Optional {
  hasValue(): boolean
  value(): unknown
}

function sameOptional(a: Optional, b: Optional): boolean {
  if (!a.hasValue() || !b.hasValue()) return a.hasValue() === b.hasValue()
  return comparison({ a: a.value(), b: b.value() })
}
const comparison = new Environment({ unlistedVariablesAreDyn: true }).parse('a == b')

const celType = {
  string: 'string',
  quantity: 'string',
  integer: 'int',
  number: 'double',
  boolean: 'bool',
} as const

function parameterTypes(parameters: Readonly<Record<string, Parameter>>): Record<string, string> {
  return Object.fromEntries(Object.entries(parameters).map(([name, { type }]) => [name, celType[type]]))
}

function compile(environment: Environment, source: string): ReturnType<Compile> {
  const parsed = attempt(() => environment.parse(source))
  if ('error' in parsed) return located(parsed.error)
  const checked = parsed.value.check()
  if (!checked.valid) return located(checked.error)
  const startBudget = limitCost(parsed.value.ast, matches)
  return {
    source,
    type: checked.type ?? 'dyn',
    evaluate: scope => {
      startBudget()
      return evaluate(parsed.value, scope)
    },
  }
}

function evaluate(program: ParseResult, scope: Scope): ReturnType<Expression['evaluate']> {
  const result = attempt(() =>
    program(Object.fromEntries(Object.entries(scope).map(([name, value]) => [name, view(value)]))),
  )
  if ('error' in result) return { error: located(result.error).error }
  return attemptJson(result.value)
}

function attemptJson(value: unknown): ReturnType<Expression['evaluate']> {
  const json = attempt(() => toJson(value))
  return 'error' in json ? { error: located(json.error).error } : json
}

function attempt<T>(action: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: action() }
  } catch (error) {
    return { error }
  }
}

function located(error: unknown): { error: string; offset: number } {
  const { summary, message, range } = error as {
    summary?: string
    message?: string
    range?: { start: number }
  }
  return { error: (summary ?? message ?? String(error)).split('\n')[0]!, offset: range?.start ?? 0 }
}

/** The library's own `matches` runs a backtracking engine, which a pattern can hang. */
function matches(text: string, pattern: string): boolean {
  return RE2JS.compile(pattern).matcher(text).find()
}

/**
 * JSON as CEL sees it in the API server: integers are ints. A view, made as far as an expression
 * looks, so that nothing of the Pod is copied.
 */
function view(value: unknown): never {
  return (typeof value === 'object' && value !== null ? new Proxy(value, asCel) : value) as never
}

const raw = Symbol('the value behind a view')

const asCel: ProxyHandler<object> = {
  get(target, key) {
    if (key === raw) return target
    const value = Reflect.get(target, key)
    if (typeof key === 'symbol' || !Object.hasOwn(target, key)) return value
    if (typeof value === 'number')
      return key !== 'length' && Number.isSafeInteger(value) ? BigInt(value) : value
    return view(value)
  },
}

function toJson(value: unknown): Json | undefined {
  if (typeof value === 'bigint') return Number(value)
  if (value === null || typeof value !== 'object') return value as Json
  const behind = (value as { [raw]?: Json })[raw]
  if (behind !== undefined) return behind
  if (Array.isArray(value)) return value.map(item => toJson(item) ?? null)
  if (value instanceof Map) return fromEntries(value.entries())
  if (isOptional(value)) return value.hasValue() ? toJson(value.value()) : undefined
  if (isObject(value) && Object.getPrototypeOf(value) === Object.prototype)
    return fromEntries(Object.entries(value))
  throw new Error('the result is no JSON value')
}

function fromEntries(entries: Iterable<[unknown, unknown]>): Json {
  return Object.fromEntries([...entries].map(([key, value]) => [String(key), toJson(value)]))
}

function isOptional(value: object): value is Optional {
  return 'hasValue' in value && typeof value.hasValue === 'function'
}
