import { unifiedDiff } from '../explain/diff.ts'
import { annotationEdits } from './annotation-changes.ts'
import { decideAll } from './decide-all.ts'
import { manifestDiagnostics } from './manifest-diagnostics.ts'
import { manifestName, manifestReader } from './manifest-text.ts'
import { profileDiagnostics } from './profile-diagnostics.ts'
import { profileReader } from './profile-files.ts'
import type { AddedLine, Analysis, Answer, Question } from './protocol.ts'
import { resultOf } from './result-text.ts'
import { tooLarge } from './sizes.ts'
import { memberAt, replacementOf } from './spans.ts'
import { workloadAnswer } from './workload-answer.ts'

/** The functions of the worker. They keep what they have read between questions. */
export function createAnalysis(): Analysis {
  const readManifest = manifestReader()
  const readProfiles = profileReader()

  function answer(question: Question): Answer {
    const start = performance.now()
    const { id, manifest: text, opened } = question
    const refused = tooLarge(question)
    if (refused !== undefined) return withoutAnswer(question, refused)
    const manifest = readManifest(text)
    const files = readProfiles(question.profiles)
    const decided = decideAll(manifest, files.profiles, question.whatIf)
    const chosen = decided[question.workload ?? 0] ?? decided[0]
    const result = resultOf(manifest, decided)
    if (opened !== undefined) files.compile(opened)
    const diff = unifiedDiff(manifestName, text, result.text)
    return {
      id,
      manifestDiagnostics: manifestDiagnostics(manifest, decided, result.problems, files, question.whatIf),
      profileDiagnostics: profileDiagnostics(files),
      workloads: decided.map(each => workloadAnswer(each, files.profiles, each === chosen)),
      result: { text: result.text, added: addedIn(diff) },
      diff,
      samples: [],
      durationMs: performance.now() - start,
    }
  }

  const setAnnotation: Analysis['setAnnotation'] = (question, index = question.workload ?? 0, key, value) => {
    const refused = tooLarge(question)
    if (refused !== undefined) return { problem: refused }
    const { manifest, pods } = readManifest(question.manifest)
    const found = pods[index]
    if (!found) return { problem: 'there is no workload in the manifest' }
    const path = [...found.workload.path, 'metadata', 'annotations']
    const member = value === undefined ? undefined : memberAt(found.document, [...path, key])
    const edit = value === undefined || !member ? undefined : replacementOf(member, value)
    return edit ? { edits: [edit] } : annotationEdits(manifest, found.document, [{ path, key, value }])
  }

  return {
    answer,
    complete: () => undefined,
    hover: () => undefined,
    placeOf: () => undefined,
    linesFrom: () => [],
    setAnnotation,
    evaluate: () => ({ problem: 'not yet' }),
  }
}

/** The answer to a question that is not examined, with the reason. */
export function withoutAnswer({ id, manifest }: Question, message: string): Answer {
  return {
    id,
    manifestDiagnostics: [
      { from: 0, to: Math.min(1, manifest.length), severity: 'error', message, fixes: [] },
    ],
    profileDiagnostics: {},
    workloads: [],
    result: { text: manifest, added: [] },
    diff: '',
    samples: [],
    durationMs: 0,
  }
}

function addedIn(diff: string): readonly AddedLine[] {
  const added: AddedLine[] = []
  let line = 0
  for (const each of diff.split('\n').slice(2)) {
    const hunk = /^@@ -\d+(?:,\d+)? \+(\d+)/.exec(each)
    if (hunk) line = Number(hunk[1])
    else if (each.startsWith('+')) added.push({ line: line++ })
    else if (each.startsWith(' ')) line++
  }
  return added
}
