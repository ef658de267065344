import { sentences } from '../../engine/reason.ts'
import { isObject, type Json, type JsonObject } from '../../json/json.ts'
import { didYouMean, listNames } from '../../problems/nearest.ts'
import type { Path, Problem } from '../../problems/problem.ts'
import { type ManifestDocument, parseManifest } from '../yaml/manifest.ts'
import { decisionFields, type ExpectedDecision } from './expected.ts'

/** What expected.yaml says. */
export interface Expected {
  readonly file: string
  readonly text: string
  readonly decisions: readonly ExpectedDecision[]
  /** The objects of the resulting manifest; empty if the test case does not expect one. */
  readonly objects: readonly Json[]
}

/** Reads the text of expected.yaml for a manifest with these workloads (`Deployment/web`), or says everything that is wrong with it. */
export function readExpected(
  text: string,
  file: string,
  workloads: readonly string[],
): { readonly expected: Expected } | { readonly problems: readonly Problem[] } {
  const { manifest, problems } = parseManifest(text, file)
  const documents = manifest.documents.filter(({ value }) => value !== null)
  const decisions = documents.filter(({ value }) => isDecision(value))
  const wrong = [...problems, ...decisions.flatMap(document => problemsIn(document, workloads))]
  if (wrong.length === 0 && documents.length === 0) wrong.push({ file, line: 1, path: [], message: isEmpty })
  if (wrong.length > 0) return { problems: wrong }
  const objects = documents.filter(document => !decisions.includes(document)).map(({ value }) => value)
  return {
    expected: {
      file,
      text,
      decisions: decisions.map(({ value }) => value as unknown as ExpectedDecision),
      objects,
    },
  }
}

const isEmpty = 'expects nothing: write `outcome: injected`, or the resulting manifest'

function isDecision(value: Json): value is JsonObject {
  return isObject(value) && Object.hasOwn(value, 'outcome') && !Object.hasOwn(value, 'kind')
}

const outcomes = ['injected', 'unchanged', 'skipped', 'denied']
const known = ['workload', ...decisionFields]

function problemsIn(document: ManifestDocument, workloads: readonly string[]): readonly Problem[] {
  const value = document.value as JsonObject
  const problems: Problem[] = []
  const add = (path: Path, message: string) => problems.push(document.problemAt(path, message))
  for (const key of Object.keys(value))
    if (!known.includes(key)) add([key], `is no field of a decision${oneOf(key, known)}`)
  const { workload, outcome, reason, message, warnings } = value
  if (!outcomes.includes(String(outcome))) add(['outcome'], wrong(outcome, outcomes))
  const reasons = Object.keys(sentences)
  if (reason !== undefined && !reasons.includes(String(reason))) add(['reason'], wrong(reason, reasons))
  if (message !== undefined && typeof message !== 'string') add(['message'], 'must be a string')
  const isList = Array.isArray(warnings) && warnings.every(each => typeof each === 'string')
  if (warnings !== undefined && !isList) add(['warnings'], 'must be a list of strings')
  if (workload === undefined) {
    if (workloads.length > 1) add([], `needs the field workload: one of ${listNames(workloads)}`)
  } else if (!workloads.includes(String(workload))) add(['workload'], wrong(workload, workloads))
  return problems
}

function wrong(value: Json | undefined, allowed: readonly string[]): string {
  return `${JSON.stringify(value)} is not known${oneOf(String(value), allowed)}`
}

function oneOf(name: string, allowed: readonly string[]): string {
  return `${didYouMean(name, allowed) || `: write one of ${listNames(allowed)}`}`
}
