import { namespaceMistakes } from '../engine/mistakes/namespace.ts'
import { leftOut } from '../engine/outcome.ts'
import { annotation } from '../engine/pod.ts'
import { strayAnnotations } from '../engine/resolve/stray.ts'
import { limits } from '../limits/limits.ts'
import { namespacesWithPaths } from '../manifest/namespaces.ts'
import type { MisshapenPod } from '../manifest/pods.ts'
import type { ManifestDocument } from '../manifest/yaml/manifest.ts'
import type { Path, Problem } from '../problems/problem.ts'
import { clusterOf, type DecidedPod } from './decide-all.ts'
import { Fixer, fixesOf, fixesOfMistake } from './fixes.ts'
import type { ManifestText } from './manifest-text.ts'
import type { ProfileFiles } from './profile-files.ts'
import type { Diagnostic, Span, WhatIf } from './protocol.ts'
import { entryIn, memberAt } from './spans.ts'

type Of = (document: ManifestDocument, path: Path, entry?: string) => Span

/** What is wrong in a manifest, at the annotation or the value that causes it, in the order of the text. */
export function manifestDiagnostics(
  text: ManifestText,
  decided: readonly (DecidedPod | MisshapenPod)[],
  uneditable: readonly Problem[],
  files: ProfileFiles,
  whatIf: WhatIf,
): readonly Diagnostic[] {
  const { manifest, lines, problems, pods } = text
  const fixer = new Fixer(manifest)
  const atLine = ({ line = 1, column = 1, message }: Problem): Diagnostic => {
    const from = lines.offsetAt(line, column)
    return { from, to: Math.max(from, lines.endOfLine(from)), severity: 'error', message, fixes: [] }
  }
  const span: Of = (document, path, entry) => {
    const member = memberAt(document, path)
    if (!member) {
      const { from, to } = atLine(document.problemAt(path, ''))
      return { from, to }
    }
    const { key, value } = member
    if (entry !== undefined) return entryIn(manifest, member, entry) ?? value ?? key ?? { from: 0, to: 0 }
    return { from: key?.from ?? value?.from ?? 0, to: (value ?? key)?.to ?? 0 }
  }
  const shared = { span, fixer, files, whatIf }
  const tooMany = pods.length - decided.length
  return [
    ...[...problems, ...uneditable].map(atLine),
    ...manifest.documents.flatMap(document => ofNamespaces(document, shared)),
    ...decided.flatMap(each => ('pod' in each ? ofDecision(each, shared) : ofShape(each, shared))),
    ...(tooMany > 0 ? [beyond(pods[decided.length]!, decided.length, tooMany, span)] : []),
  ].sort((a, b) => a.from - b.from)
}

interface Shared {
  readonly span: Of
  readonly fixer: Fixer
  readonly files: ProfileFiles
  readonly whatIf: WhatIf
}

function beyond(
  { document, workload }: DecidedPod | ManifestText['pods'][number],
  decided: number,
  others: number,
  span: Of,
): Diagnostic {
  const why =
    decided < limits.playgroundWorkloads
      ? `the patches of the first ${decided} workloads have more than ${limits.playgroundPatches} characters`
      : `the playground decides about ${limits.playgroundWorkloads} workloads`
  const message = `${why}; this one and ${others - 1} more get no decision: use pillion inject -f FILE`
  return { ...span(document, [...workload.path, 'metadata', 'name']), severity: 'info', message, fixes: [] }
}

function ofNamespaces(
  document: ManifestDocument,
  { span, fixer, files, whatIf }: Shared,
): readonly Diagnostic[] {
  return namespacesWithPaths(document.value).flatMap(({ path: of, namespace }) => {
    const placed = <Item extends { readonly path: Path }>(item: Item) => ({
      ...item,
      path: [...of, ...item.path],
    })
    return namespaceMistakes(namespace, files.profiles, clusterOf(whatIf.kubernetesVersion)).map(mistake => {
      const { message, meant, missing, refused } = mistake
      const { path } = placed(mistake)
      const corrected = {
        path,
        message,
        ...(meant && { meant: placed(meant) }),
        ...(missing && { missing: placed(missing) }),
      }
      const fixes = refused
        ? fixesOf(fixer, document, path.slice(0, -1), refused)
        : fixesOfMistake(fixer, document, corrected)
      return { ...span(document, path, refused?.name), severity: 'warning', message, fixes }
    })
  })
}

function ofShape({ document, problems }: MisshapenPod, { span, fixer }: Shared): readonly Diagnostic[] {
  return problems.map(({ path, message, isUnquoted }) => ({
    ...span(document, path),
    severity: 'error',
    message,
    fixes: isUnquoted ? fixer.quoted(document, path) : [],
  }))
}

function ofDecision(one: DecidedPod, shared: Shared): readonly Diagnostic[] {
  const { span, fixer } = shared
  const { document, workload, decision, mistakes } = one
  const metadata = [...workload.path, 'metadata']
  const stays = decision.outcome === 'skipped' && staying.some(reason => reason === decision.reason)
  return [
    ...refusalsOf(one, shared),
    ...warningsOf(one, shared),
    ...mistakes.map(mistake => ({
      ...span(document, mistake.path),
      severity: 'warning' as const,
      message: mistake.message,
      fixes: fixesOfMistake(fixer, document, mistake),
    })),
    ...(stays
      ? [
          {
            ...span(document, requestIn(one) ?? metadata),
            severity: 'info' as const,
            message: decision.message,
            reason: decision.reason,
            fixes: [],
          },
        ]
      : []),
  ]
}

/** Reasons for which nothing is injected although somebody asks for it. */
const staying = ['NotCalled', 'ExcludedNamespace', 'MirrorPod'] as const

/** The path of the annotation of the Pods that requests profiles, if they have it. */
function requestIn({ document, workload }: DecidedPod): Path | undefined {
  const path = [...workload.path, 'metadata', 'annotations', annotation.inject]
  return memberAt(document, path) && path
}

/** One diagnostic for each profile that the Pods do not get. */
function refusalsOf(one: DecidedPod, { span, fixer, files }: Shared): readonly Diagnostic[] {
  const { document, workload, decision, namespace } = one
  const annotations = [...workload.path, 'metadata', 'annotations']
  const fallback = requestIn(one) ?? [...workload.path, 'metadata', 'name']
  const refused = decision.profiles.filter(({ outcome }) => outcome === 'denied' || outcome === 'skipped')
  const found = refused.map(({ name, outcome, reason, message, cause }): Diagnostic => {
    const isHere = cause?.of !== 'namespace'
    const path = cause && isHere && !cause.isMissing ? [...annotations, cause.key] : fallback
    const isOfRequest = path.at(-1) === annotation.inject
    const file = reason === 'UnknownProfile' ? files.fileOf(name, namespace)?.file : undefined
    const broken = file === undefined ? '' : `; ${file} has this profile, but it is not valid`
    return {
      ...(isOfRequest ? span(document, path, name) : span(document, path)),
      severity: outcome === 'denied' ? 'error' : 'warning',
      message: `${message}${broken}`,
      reason,
      fixes: isHere ? fixesOf(fixer, document, annotations, { name, ...(cause && { cause }) }) : [],
    }
  })
  // What denies the Pod as a whole belongs to no profile.
  if (found.length > 0 || decision.outcome !== 'denied') return distinct(found)
  const { reason, message } = decision
  return [{ ...span(document, fallback), severity: 'error', message, reason, fixes: [] }]
}

/** Several profiles may have one problem together. */
function distinct(all: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...new Map(all.map(each => [`${each.from} ${each.message}`, each])).values()]
}

/** The warnings of a decision about profiles that the Pods get, and about annotations without effect. */
function warningsOf(one: DecidedPod, { span, fixer, files }: Shared): readonly Diagnostic[] {
  const { document, workload, decision, subject, namespace } = one
  if (decision.warnings.length === 0) return []
  const annotations = [...workload.path, 'metadata', 'annotations']
  const fallback = requestIn(one) ?? [...workload.path, 'metadata', 'name']
  const selected = decision.profiles.flatMap(({ name }) => files.profiles.find(name, namespace) ?? [])
  const stray = new Map(strayAnnotations(subject, selected, files.profiles).map(each => [each.message, each]))
  const skipped = new Set(decision.profiles.filter(({ outcome }) => outcome === 'skipped').map(leftOut))
  return decision.warnings
    .filter(message => !skipped.has(message))
    .map(message => {
      const about = stray.get(message)
      if (about) {
        const { key, meant } = about
        const path = [...annotations, key]
        const value = subject.pod.metadata?.annotations?.[key] ?? ''
        const mistake = { path, message, ...(meant && { meant: { path: annotations, key: meant, value } }) }
        const fixes = fixesOfMistake(fixer, document, mistake)
        return { ...span(document, path), severity: 'warning', message, fixes }
      }
      const profile = decision.profiles.find(({ name }) => message.startsWith(`profile ${name}: `))
      return { ...span(document, fallback, profile?.name), severity: 'warning', message, fixes: [] }
    })
}
