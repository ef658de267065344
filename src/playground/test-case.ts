import { stringify } from 'yaml'
import { outcomeOf } from '../manifest/test-case/case.ts'
import { expectedText } from '../manifest/test-case/expected.ts'
import { parseManifest } from '../manifest/yaml/manifest.ts'
import { describe } from '../problems/problem.ts'
import { clusterOf, decideAll } from './decide-all.ts'
import type { ManifestText } from './manifest-text.ts'
import { namesOnDisk } from './names-on-disk.ts'
import type { ProfileFiles } from './profile-files.ts'
import type { Analysis, ProfileText, Question, WhatIf } from './protocol.ts'
import { asUsual } from './share.ts'

/** The folder of a test case: the question, with what Pillion does now as what is expected. */
export function testFilesOf(
  { profiles: texts, whatIf }: Question,
  read: ManifestText,
  files: ProfileFiles,
  readProfiles: (texts: readonly ProfileText[]) => ProfileFiles,
): ReturnType<Analysis['testFiles']> {
  if (whatIf.isSecondCall)
    return {
      problem: 'a test case is about one call of Pillion: do not choose a second call in the tab What if',
    }
  if (read.problems.length > 0) return { problem: read.problems.map(problem => describe(problem)).join('\n') }
  const decided = decideAll(read, files.profiles, whatIf)
  if (decided.length === 0) return { problem: 'the manifest has no workload' }
  // The sentence about an unknown profile names others.
  const isUnknown = decided.some(each => 'pod' in each && each.decision.reason === 'UnknownProfile')
  const used = isUnknown ? texts : files.compiled().map(({ file, text }) => ({ file, text }))
  const broken = files.compiled().flatMap(({ problems }) => problems)
  if (broken.length > 0)
    return { problem: `a profile is not valid: ${broken.map(problem => describe(problem)).join('\n')}` }
  const namespace = namespaceText(whatIf)
  const { profiles } = readProfiles(used)
  const expected = (version: string) => {
    const namespaces =
      namespace === undefined ? {} : { namespaces: parseManifest(namespace, 'namespace.yaml').manifest }
    return outcomeOf({ manifest: read.manifest, ...namespaces, profiles }, clusterOf(version))
  }
  const { kubernetesVersion } = whatIf
  const versions = [...new Set([asUsual.kubernetesVersion, kubernetesVersion])]
  const outcomes = versions.map(version => ({ version, ...expected(version) }))
  const problems = outcomes.flatMap(outcome => outcome.problems)
  if (problems.length > 0) return { problem: problems.join('\n') }
  const expectations = outcomes.map(({ version, decided, result }): [string, string] => [
    version === asUsual.kubernetesVersion ? 'expected.yaml' : `expected-${version}.yaml`,
    expectedText(decided, result),
  ])
  const names = namesOnDisk(used.map(({ file }) => file))
  return {
    files: {
      'pod.yaml': read.manifest.text,
      ...(namespace !== undefined && { 'namespace.yaml': namespace }),
      ...Object.fromEntries(used.map(({ text }, i) => [`profiles/${names[i]}`, text])),
      ...Object.fromEntries(expectations),
    },
  }
}

/** The namespace of workloads that name none, if it is not as usual. */
function namespaceText({ namespace, namespaceLabels, namespaceAnnotations }: WhatIf): string | undefined {
  const [labels, annotations] = [namespaceLabels, namespaceAnnotations].map(pairs =>
    Object.keys(pairs).length > 0 ? pairs : undefined,
  )
  if (namespace === asUsual.namespace && !labels && !annotations) return undefined
  const metadata = { name: namespace, ...(labels && { labels }), ...(annotations && { annotations }) }
  return stringify({ apiVersion: 'v1', kind: 'Namespace', metadata })
}
