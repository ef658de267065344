import { describe } from '../../problems/problem.ts'
import { givesNothing } from '../../profile/check/file-only.ts'
import { excesses } from '../../profile/pod-security/level.ts'
import { parseProfiles } from '../../profile/yaml/parse.ts'
import type { ClusterFlags } from '../cluster/options.ts'
import { type ExitCode, Failure, type Io } from '../io.ts'
import { readTexts } from '../manifests/read.ts'
import { type About, conflictsOf } from './conflicts.ts'
import { type Finding, findingsOf, type Validation } from './finding.ts'
import { type Format, formats } from './formats.ts'

interface ValidateFlags extends ClusterFlags {
  readonly filename: readonly string[]
  readonly recursive?: true
  readonly againstCluster?: true
  readonly output: 'text' | Format
}

/** Prints whether the profiles in files are valid, each by itself and all together; 1 when one is not. */
export async function run(flags: ValidateFlags, io: Io): Promise<ExitCode> {
  const texts = await readTexts(flags.filename, io, flags.recursive)
  const offline = validated(texts)
  const isValid = (findings: readonly Finding[]) => findings.every(({ severity }) => severity !== 'error')
  const validation =
    flags.againstCluster && isValid(offline.findings) ? await withCluster(offline, texts, flags) : offline
  if (flags.output === 'text') return printed(validation, io)
  io.out(formats[flags.output](validation))
  for (const note of validation.notes) io.err(`${note}\n`)
  return isValid(validation.findings) ? 0 : 1
}

type Texts = Awaited<ReturnType<typeof readTexts>>

function validated(texts: Texts): Validation {
  const parsed = texts.map(([file, text]) => ({ file, ...parseProfiles(text, file) }))
  const files = new Map(parsed.flatMap(({ file, profiles }) => profiles.map(profile => [profile, file])))
  const all = [...files.keys()]
  const empty = all.flatMap((profile): About[] => {
    const problem = givesNothing(profile)
    return problem ? [[profile, problem]] : []
  })
  const inFile = ([profile, problem]: About) => ({ file: files.get(profile)!, ...problem })
  // Only warnings: they depend on the labels of the namespace, which are not known here.
  const tooMuch = all.flatMap(profile => excesses(profile, {}).map((problem): About => [profile, problem]))
  return {
    files,
    findings: [
      ...findingsOf('error', [
        ...parsed.flatMap(one => one.problems),
        ...[...conflictsOf(all), ...empty].map(inFile),
      ]),
      ...findingsOf(
        'advice',
        parsed.flatMap(one => one.advice),
      ),
      ...findingsOf('warning', tooMuch.map(inFile)),
    ],
    notes:
      files.size === 0 && parsed.every(({ problems }) => problems.length === 0)
        ? ['no profiles in these files']
        : [],
  }
}

/** The labels of the namespaces are known then: what was a warning is an error, or nothing. */
async function withCluster(offline: Validation, texts: Texts, flags: ValidateFlags): Promise<Validation> {
  const { againstCluster } = await import('./against-cluster.ts')
  const { findings, notes } = await againstCluster(offline.files, texts, flags)
  const advice = offline.findings.filter(({ severity }) => severity === 'advice')
  return { ...offline, findings: [...findings, ...advice], notes: [...offline.notes, ...notes] }
}

function printed({ files, findings, notes }: Validation, io: Io): ExitCode {
  const errors = findings.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new Failure(1, ...errors.map(describe), ...notes)
  for (const [{ kind, name, revision }, file] of files)
    io.out(`${file}: ${kind}/${name} is valid (revision ${revision})\n`)
  for (const finding of findings) io.err(`${finding.severity}: ${describe(finding)}\n`)
  for (const note of notes) io.err(`${note}\n`)
  return 0
}
