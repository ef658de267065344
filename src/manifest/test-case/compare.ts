import { annotation } from '../../engine/pod.ts'
import { equal, isObject, type Json } from '../../json/json.ts'
import { parseManifest } from '../yaml/manifest.ts'
import type { Outcome } from './case.ts'
import { decisionFields, decisionsOf, type ExpectedDecision, textOf } from './expected.ts'
import type { Expected } from './read-expected.ts'

/** How what Pillion decides differs from what a test case expects. */
export interface Difference {
  /** One line for each difference. */
  readonly messages: readonly string[]
  /** The two texts to compare line by line: what is expected, and what Pillion gives in the same fields. */
  readonly texts: readonly [expected: string, actual: string]
}

/**
 * The difference between an outcome and what is expected of it; undefined if the outcome is as expected. Fields that are not expected
 * are not compared, nor are the revisions of the profiles, because they change with every edit of a profile.
 */
export function differenceOf(
  expected: Expected,
  { decided, result }: Pick<Outcome, 'decided' | 'result'>,
): Difference | undefined {
  const pairs = paired(expected.decisions, decisionsOf(decided))
  const ofDecisions = pairs.flatMap(([wanted, given]) => decisionDifferences(wanted, given))
  const ofResult = expected.objects.length > 0 ? resultDifferences(expected.objects, result) : []
  const messages = [...ofDecisions, ...ofResult]
  if (messages.length === 0) return undefined
  const shown = pairs.map(([wanted, given]) => likeExpected(wanted, given))
  const actual = textOf(shown, expected.objects.length > 0 ? result : undefined)
  return { messages, texts: [withoutRevisionText(expected.text), withoutRevisionText(actual)] }
}

type Pair = readonly [expected: ExpectedDecision, actual: ExpectedDecision | undefined]

/** Two workloads may have the same name, in two namespaces: then the order of the manifest counts. */
function paired(expected: readonly ExpectedDecision[], actual: readonly ExpectedDecision[]): readonly Pair[] {
  const byName = Map.groupBy(actual, ({ workload }) => workload)
  const used = new Map<string | undefined, number>()
  return expected.map(wanted => {
    // A single workload needs no name.
    const name = actual.length === 1 ? undefined : wanted.workload
    const index = used.get(name) ?? 0
    used.set(name, index + 1)
    return [wanted, byName.get(name)?.[index]]
  })
}

function decisionDifferences(wanted: ExpectedDecision, given: ExpectedDecision | undefined): string[] {
  const { workload } = wanted
  const about = workload === undefined ? '' : `${workload}: `
  if (!given) return [`${about}there is no workload for this decision`]
  const lines = decisionFields
    .filter(field => wanted[field] !== undefined && !equal(fieldOf(wanted, field), fieldOf(given, field)))
    .map(field => {
      const [was, is] = [fieldOf(wanted, field), fieldOf(given, field)]
      return `${about}${field} is ${JSON.stringify(is)}, and ${JSON.stringify(was)} is expected`
    })
  // Only the reason says what to do about another outcome.
  const isOther = wanted.outcome !== given.outcome
  return isOther && wanted.message === undefined
    ? [...lines, `${about}${given.reason}: ${given.message}`]
    : lines
}

function fieldOf(decision: ExpectedDecision, field: (typeof decisionFields)[number]): Json {
  if (field === 'warnings') return decision.warnings ?? []
  return decision[field] ?? ''
}

/** The actual decision in the fields, and in the order of the fields, of the expected one. */
function likeExpected(wanted: ExpectedDecision, given: ExpectedDecision | undefined): ExpectedDecision {
  if (!given) return { outcome: '(no such workload)' }
  const { workload, outcome } = wanted
  const fields = Object.keys(wanted).filter(
    field => field !== 'workload',
  ) as (typeof decisionFields)[number][]
  return {
    ...(workload !== undefined && { workload }),
    outcome,
    ...Object.fromEntries(fields.map(field => [field, fieldOf(given, field)])),
  }
}

function resultDifferences(objects: readonly Json[], result: string | undefined): readonly string[] {
  if (result === undefined) return ['a manifest is expected, and nothing is injected']
  const { manifest } = parseManifest(result, '')
  const given = manifest.documents.flatMap(({ value }) => (value === null ? [] : [value]))
  const isSame =
    given.length === objects.length &&
    given.every((object, i) => equal(withoutRevisions(object), withoutRevisions(objects[i]!)))
  return isSame ? [] : ['the resulting manifest differs']
}

function withoutRevisions(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutRevisions)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, each = null]) => [
      key,
      key === annotation.status && typeof each === 'string'
        ? withoutRevisionText(each)
        : withoutRevisions(each),
    ]),
  )
}

/** In a text of YAML or JSON, the quotes may be escaped. */
function withoutRevisionText(text: string): string {
  return text.replaceAll(/(\\?"revision\\?":\\?")[0-9a-f]{10}(\\?")/g, '$1…$2')
}
