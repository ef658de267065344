import { join } from 'node:path'
import { unifiedDiff } from '../../explain/diff.ts'
import { type Outcome, outcomeOf, type TestCase } from '../../manifest/test-case/case.ts'
import { differenceOf } from '../../manifest/test-case/compare.ts'
import { expectedText, nameOf } from '../../manifest/test-case/expected.ts'
import { readExpected } from '../../manifest/test-case/read-expected.ts'
import { type Manifest, parseManifest } from '../../manifest/yaml/manifest.ts'
import { describe } from '../../problems/problem.ts'
import type { Profiles } from '../../profile/accept/profiles.ts'
import { profilesOf } from '../manifests/given-profiles.ts'
import { excludedNamespaces, testedKubernetes } from '../manifests/without-cluster.ts'
import type { CaseResult } from './case-result.ts'
import type { CaseFolder, TextFile } from './folders.ts'

/**
 * Compares what Pillion makes of a test case with what the case expects, for each version of Kubernetes; the newest comes
 * first. Without `versions`, they are the tested one and those for which the case has a file of its own. `fallback` are the
 * profiles of a case without its own.
 */
export function judge(
  folder: CaseFolder,
  fallback: Profiles | undefined,
  versions: readonly string[] | undefined,
): readonly CaseResult[] {
  const own = [...folder.expected.keys()].filter(version => version !== '')
  const wanted = [...new Set(versions ?? [testedKubernetes, ...own])].sort(newestFirst)
  const { testCase, problems } = read(folder, fallback)
  const invalid = [...folder.problems, ...problems]
  if (invalid.length > 0) {
    const [kubernetesVersion = testedKubernetes] = wanted
    const file = folder.pod.file
    const status = 'invalid' as const
    return [{ folder: folder.folder, kubernetesVersion, status, file, messages: invalid, warnings: [] }]
  }
  // What expected.yaml has, or gets from --update for the newest of the versions that share it.
  let shared = folder.expected.get('')
  let isSettled = false
  return wanted.map(kubernetesVersion => {
    const special = folder.expected.get(kubernetesVersion)
    const outcome = outcomeOf(testCase, { kubernetesVersion, excludedNamespaces })
    const result = compared(folder.folder, kubernetesVersion, special ?? shared, outcome, testCase)
    const { update } = result
    if (special) return result
    const isFirst = !isSettled
    isSettled = true
    if (!update) return result
    if (isFirst) {
      shared = { file: result.file, text: update.text }
      return result
    }
    const file = join(folder.folder, `expected-${kubernetesVersion}.yaml`)
    return { ...result, file, update: { ...update, before: undefined } }
  })
}

function read({ pod, namespace, profiles }: CaseFolder, fallback: Profiles | undefined) {
  const problems: string[] = []
  const parsed = (source: TextFile): Manifest => {
    const { manifest, problems: found } = parseManifest(source.text, source.file)
    problems.push(...found.map(describe))
    return manifest
  }
  const manifest = parsed(pod)
  const namespaces = namespace && parsed(namespace)
  const own = profiles && profilesOf(profiles.map(({ file, text }) => [file, text] as const))
  problems.push(...(own?.problems ?? []))
  const used = own?.profiles ?? fallback
  if (!used) throw new Error('a case without profiles of its own needs others')
  const testCase: TestCase = { manifest, ...(namespaces && { namespaces }), profiles: used }
  return { testCase, problems }
}

function compared(
  folder: string,
  kubernetesVersion: string,
  source: TextFile | undefined,
  outcome: Outcome,
  { profiles, manifest }: TestCase,
): CaseResult {
  const { decided, result, warnings, problems } = outcome
  const file = source?.file ?? join(folder, 'expected.yaml')
  const base = { folder, kubernetesVersion, file, warnings, messages: problems }
  if (problems.length > 0) return { ...base, status: 'invalid' }
  if (decided.length === 0) {
    const nothing = `${manifest.file}: there is no Pod and no Pod template in it`
    return { ...base, status: 'invalid', messages: [nothing] }
  }
  const text = expectedText(decided, result)
  const tried = { outcome, profiles }
  const update = { before: source?.text, text }
  if (!source) {
    const messages = [`${file}: is missing; --update writes it`]
    return { ...base, status: 'failed', messages, update, tried }
  }
  const read = readExpected(
    source.text,
    file,
    decided.map(({ workload }) => nameOf(workload)),
  )
  if ('problems' in read)
    return { ...base, status: 'invalid', messages: read.problems.map(describe), update, tried }
  const difference = differenceOf(read.expected, outcome)
  if (!difference) return { ...base, status: 'passed', tried }
  const diff = unifiedDiff(file, ...difference.texts)
  return { ...base, status: 'failed', messages: difference.messages, diff, update, tried }
}

function newestFirst(a: string, b: string): number {
  const [[aMajor = 0, aMinor = 0], [bMajor = 0, bMinor = 0]] = [a, b].map(version =>
    version.split('.').map(Number),
  ) as [number[], number[]]
  return bMajor - aMajor || bMinor - aMinor
}
