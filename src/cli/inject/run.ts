import { applied } from '../../engine/patch/apply.ts'
import type { Operation, Removal } from '../../engine/patch/operation.ts'
import { uninject } from '../../engine/patch/uninject.ts'
import type { Pod } from '../../engine/pod.ts'
import { pointerTo } from '../../json/pointer.ts'
import { describe } from '../../problems/problem.ts'
import type { ExitCode, Io } from '../io.ts'
import { complain, decideManifests, placeOf } from '../manifests/decide.ts'
import { podsIn } from '../manifests/pods.ts'
import { readManifests } from '../manifests/read.ts'
import type { Workload } from '../manifests/workload.ts'
import type { DecidingFlags } from '../options.ts'
import { unifiedDiff } from '../output/diff.ts'
import type { Manifest, ManifestDocument } from '../yaml/manifest.ts'
import { patchManifest } from '../yaml/patch.ts'

type Output = 'yaml' | 'json' | 'patch' | 'diff'
type Change = Operation | Removal
type Changes = ReadonlyMap<ManifestDocument, readonly Change[]>

/** Prints the manifests with the patches that the webhook would answer; nothing when a Pod is denied. */
export async function injectManifests(flags: DecidingFlags & { output: Output }, io: Io): Promise<ExitCode> {
  const deciding = await decideManifests(flags, io)
  if ('problems' in deciding) return complain(deciding, io)
  const denied = deciding.decided.filter(({ decision }) => decision.outcome === 'denied')
  for (const one of denied) io.err(`${placeOf(one)}: ${one.decision.reason}: ${one.decision.message}\n`)
  for (const one of deciding.decided) {
    for (const warning of one.decision.warnings) io.err(`${placeOf(one)}: warning: ${warning}\n`)
  }
  if (denied.length > 0) return 1
  const changes = group(
    deciding.decided.map(({ document, workload, decision }) => [document, rooted(workload, decision.patch)]),
  )
  return print(deciding.manifests, changes, flags.output, io)
}

/** Prints the manifests without what their status annotations say was added. */
export async function uninjectManifests(
  flags: { readonly filename: readonly string[]; readonly output: Output },
  io: Io,
): Promise<ExitCode> {
  const read = await readManifests(flags.filename, io)
  if ('problems' in read) return complain(read, io)
  const pods = podsIn(read.manifests)
  if ('problems' in pods) return complain(pods, io)
  const changes = group(
    pods.map(({ document, workload }) => [document, rooted(workload, uninject(workload.template as Pod))]),
  )
  return print(read.manifests, changes, flags.output, io)
}

/** Operations on a Pod as operations on the document that holds it. */
function rooted({ path }: Workload, changes: readonly Change[]): readonly Change[] {
  const root = pointerTo(path)
  return changes.map(change => ({ ...change, path: `${root}${change.path}` }))
}

function group(changes: readonly [ManifestDocument, readonly Change[]][]): Changes {
  const all = new Map<ManifestDocument, readonly Change[]>()
  for (const [document, more] of changes) all.set(document, [...(all.get(document) ?? []), ...more])
  return all
}

function print(manifests: readonly Manifest[], changes: Changes, output: Output, io: Io): ExitCode {
  if (output === 'patch') return printPatches(manifests, changes, io)
  if (output === 'json') return printDocuments(manifests, changes, io)
  const edited = manifests.map(manifest => {
    const own = new Map(
      manifest.documents.flatMap(document => [[document, changes.get(document) ?? []] as const]),
    )
    return { manifest, result: patchManifest(manifest, own) }
  })
  const problems = edited.flatMap(({ result }) => ('problems' in result ? result.problems.map(describe) : []))
  if (problems.length > 0) return complain({ problems, unusable: false }, io)
  const texts = edited.flatMap(({ manifest, result }) =>
    'text' in result ? [{ manifest, text: result.text }] : [],
  )
  if (output === 'diff') {
    for (const { manifest, text } of texts)
      io.out(unifiedDiff(manifest.file, manifest.text, text, io.isColoured))
  } else io.out(joined(texts.map(({ text }) => text)))
  return 0
}

/** One text of several: each that has another before it starts with a document marker. */
function joined(texts: readonly string[]): string {
  return texts.reduce((all, text) => {
    const ended = all === '' || all.endsWith('\n') ? all : `${all}\n`
    return ended === '' || text.startsWith('---') ? `${ended}${text}` : `${ended}---\n${text}`
  }, '')
}

/** The patch of a single document; of several, which one each is for, too. */
function printPatches(manifests: readonly Manifest[], changes: Changes, io: Io): ExitCode {
  const all = manifests.flatMap(({ documents }) => documents.filter(({ value }) => value !== null))
  const patches = all.map(document => changes.get(document) ?? [])
  const placed = all.map((document, i) => {
    const { file = '', line = 1 } = document.problemAt([], '')
    return { file, line, patch: patches[i] ?? [] }
  })
  return printJson(all.length === 1 ? (patches[0] ?? []) : placed, io)
}

function printDocuments(manifests: readonly Manifest[], changes: Changes, io: Io): ExitCode {
  const values = manifests.flatMap(({ documents }) =>
    documents
      .filter(({ value }) => value !== null)
      .map(document => applied(document.value, changes.get(document) ?? [])),
  )
  const [only] = values
  return printJson(
    values.length === 1 && only !== undefined ? only : { apiVersion: 'v1', kind: 'List', items: values },
    io,
  )
}

function printJson(value: unknown, io: Io): ExitCode {
  io.out(`${JSON.stringify(value, null, 2)}\n`)
  return 0
}
