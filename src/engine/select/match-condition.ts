import { Environment } from '@marcbachmann/cel-js'
import type { Json } from '../../json/json.ts'
import { withBudget, withoutBudget } from '../../limits/budget.ts'
import { lru } from '../../limits/lru.ts'
import { view } from '../../template/cel/value.ts'

/** What the expressions of a webhook's `matchConditions` may ask. */
interface MatchScope {
  readonly object: Json
  readonly oldObject: Json
  readonly request: Json
}

/**
 * Whether a match condition holds, or why it cannot be evaluated here: an expression that asks the `authorizer`,
 * or who is asking, has an answer only in the API server.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#matching-requests-matchconditions
 */
export function matchCondition(
  expression: string,
  scope: MatchScope,
): { readonly holds: boolean } | { readonly error: string } {
  const context = Object.fromEntries(Object.entries(scope).map(([name, value]) => [name, view(value)]))
  try {
    const program = parsed(expression, () => environment.parse(expression))
    // A budget of its own: the work is not that of the review.
    const result: unknown = withoutBudget(() =>
      withBudget(maxReads, 'the expression reads too much', () => program(context)),
    )
    return typeof result === 'boolean' ? { holds: result } : { error: 'the expression gives no bool' }
  } catch (error) {
    const { summary, message } = error as Error & { summary?: string }
    return { error: summary ?? message }
  }
}

const environment = new Environment({
  unlistedVariablesAreDyn: true,
  enableOptionalTypes: true,
  homogeneousAggregateLiterals: false,
  limits: { maxAstNodes: 2_000, maxDepth: 50 },
})

// A sweep evaluates the same few for each Pod.
const parsed = lru<string, ReturnType<typeof environment.parse>>(32)

const maxReads = 1_000_000
