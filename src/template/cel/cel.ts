import { Environment } from '@marcbachmann/cel-js'
import type { Json, JsonObject } from '../../json/json.ts'
import { metered, spend, spendOnce, withBudget, withoutBudget } from '../../limits/budget.ts'
import { limits } from '../../limits/limits.ts'
import { lru } from '../../limits/lru.ts'
import { truncate } from '../../problems/truncate.ts'
import { limitCost, namesIn } from './cost.ts'
import { type Functions, functionsOf, type Mistake, notChecked, notParsed } from './mistake.ts'
import { limitTypes } from './nesting.ts'
import { type Optional, toJson, view } from './value.ts'

/**
 * CEL over a Pod, typed and checked when a profile is read, evaluated under a cost limit at admission.
 * https://github.com/google/cel-spec and, for JSON integers as CEL ints,
 * https://kubernetes.io/docs/reference/using-api/cel/
 */
export interface Expression {
  readonly source: string
  /** The CEL type of the result, `dyn` when only evaluation can tell. */
  readonly type: string
  /** What the result may depend on, besides parameters. */
  readonly reads: 'nothing' | 'namespace' | 'pod'
  /** The result as JSON; `undefined` for an absent optional. */
  evaluate(scope: Scope): { readonly value: Json | undefined } | { readonly error: string }
}

/** The values of an expression's variables: JSON, neither copied nor changed. */
export interface Scope {
  readonly params: JsonObject
  readonly pod: Json
  readonly namespaceObject: Json
  readonly app: Json
  readonly container?: Json
}
type Variable = keyof Scope

/** The declared parameters of a profile. */
type Parameters = Readonly<Record<string, { readonly type: keyof typeof celType }>>

/** Compiles expressions over the given variables and a profile's parameters. */
export type Compile = (source: string) => Expression | Mistake

export function compiler(parameters: Parameters, variables: readonly Exclude<Variable, 'params'>[]): Compile {
  const types = parameterTypes(parameters)
  const declarations = JSON.stringify([variables, types])
  const environment = () => environments(declarations, () => environmentOf(types, variables))
  return source => {
    // The function is its own key in the cache.
    const program = (): Program | Mistake =>
      programs(program, () => programOf(environment(), source, types, ['params', ...variables]))
    const { value: checked, units } = metered(() => {
      spend(unitsASource + source.length * unitsACharacter)
      return program()
    })
    if ('error' in checked) return checked
    return {
      source,
      type: checked.type,
      reads: checked.reads,
      evaluate: scope => {
        try {
          spendOnce(program, units)
        } catch (error) {
          return { error: (error as Error).message }
        }
        const again = withoutBudget(program)
        return 'error' in again ? again : again.evaluate(scope)
      },
    }
  }
}

// Measured: parsing and checking take at most 0.8 µs a character; an environment takes 90 µs, and is shared.
const unitsASource = 400
const unitsACharacter = 16

// An environment takes 28 KB and a node of a program 0.6 KB: a thousand profiles would take 100 MB, though few of them
// serve a Pod in the same minute. Making both again takes 50 µs.
const environments = lru<string, Environment>(64)
const programs = lru<() => Program | Mistake, Program | Mistake>(1_024, limits.keptNodes, program =>
  'error' in program ? 0 : program.size,
)

/** A checked expression; `size` is the number of nodes of its syntax tree. */
type Program = Omit<Expression, 'source'> & { readonly size: number }

function environmentOf(types: ParameterTypes, variables: readonly Variable[]): Environment {
  const environment = base.clone()
  environment.registerVariable({ name: 'params', schema: types })
  for (const name of variables) environment.registerVariable(name, 'map')
  return environment
}

const base = new Environment({
  enableOptionalTypes: true,
  homogeneousAggregateLiterals: false,
  limits: { maxAstNodes: 2_000, maxDepth: 50 },
})
limitTypes(base)
// The library compares optionals of the same type only; the API server compares any two.
base.registerOperator('optional<T> == optional<T>', (a: Optional, b: Optional) => sameOptional(a, b))

function sameOptional(a: Optional, b: Optional): boolean {
  if (!a.hasValue() || !b.hasValue()) return a.hasValue() === b.hasValue()
  return comparison({ a: a.value(), b: b.value() })
}

let known: Functions | undefined

/** Every function and macro that an expression can call. */
export function functions(): Functions {
  known ??= functionsOf(base)
  return known
}

const comparison = new Environment({ unlistedVariablesAreDyn: true }).parse('a == b')

const celType = {
  string: 'string',
  quantity: 'string',
  integer: 'int',
  number: 'double',
  boolean: 'bool',
} as const

type ParameterTypes = Record<string, string>

function parameterTypes(parameters: Parameters): ParameterTypes {
  return Object.fromEntries(Object.entries(parameters).map(([name, { type }]) => [name, celType[type]]))
}

function programOf(
  environment: Environment,
  source: string,
  types: ParameterTypes,
  variables: readonly string[],
): Program | Mistake {
  let program: ReturnType<Environment['parse']>
  try {
    program = environment.parse(source)
  } catch (error) {
    return notParsed(located(error), source)
  }
  const checked = program.check()
  if (!checked.valid) {
    const allowed = { variables, parameters: Object.keys(types), functions: functions() }
    return notChecked(located(checked.error), program.ast, allowed)
  }
  const names = namesIn(program.ast)
  const isOfPod = ['pod', 'app', 'container'].some(name => names.has(name))
  const limited = limitCost(program.ast)
  if ('error' in limited) return limited
  return {
    size: limited.size,
    type: checked.type ?? 'dyn',
    reads: isOfPod ? 'pod' : names.has('namespaceObject') ? 'namespace' : 'nothing',
    evaluate: scope => {
      try {
        return withBudget(limits.expressionUnits, tooExpensive, () => ({
          value: toJson(program(contextOf(scope, types))),
        }))
      } catch (error) {
        return { error: located(error).error }
      }
    },
  }
}

const tooExpensive = `it costs more than ${limits.expressionUnits} units to evaluate`

type Context = Readonly<Record<string, unknown>>

// One after the other, the dozens of expressions of a profile are evaluated in the same scope. A WeakMap would hold an
// entry for each Pod until the next full garbage collection, and slow that down.
let latest: { readonly scope: Scope; readonly context: Context } | undefined

/** A scope is one of a profile's, whose parameters have these types. */
function contextOf(scope: Scope, types: ParameterTypes): Context {
  if (latest?.scope === scope) return latest.context
  const { params, pod, namespaceObject, app, container } = scope
  const context = {
    params: typedParameters(params, types),
    pod: view(pod),
    namespaceObject: view(namespaceObject),
    app: view(app),
    ...(container !== undefined && { container: view(container) }),
  }
  latest = { scope, context }
  return context
}

/**
 * The parameters' values with the types declared for them: the number 2 of a `number` is a double. Each app container has
 * a scope of its own with the same parameters.
 */
function typedParameters(params: JsonObject, types: ParameterTypes): Map<string, unknown> {
  const known = typed.get(params)
  if (known) return known
  const typedEntry = ([name, value]: [string, unknown]): [string, unknown] =>
    types[name] === 'int' ? [name, BigInt(value as number)] : [name, value]
  const made = new Map(Object.entries(params).map(typedEntry))
  typed.set(params, made)
  return made
}
const typed = new WeakMap<JsonObject, Map<string, unknown>>()

/** An error of the library has a summary and a range; an error of Pillion only has a message. */
function located(error: unknown): Mistake {
  const { summary, message, range } = error as Error & { summary?: string; range?: { start: number } }
  // The text may quote a whole value.
  return { error: truncate(summary ?? message, longest), offset: range?.start ?? 0 }
}
const longest = 501
