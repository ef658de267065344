import { unifiedDiff } from '../explain/diff.ts'
import { equal, type Json } from '../json/json.ts'
import { addedLines } from './added-lines.ts'
import { annotationEdits } from './annotation-changes.ts'
import { evaluateOn } from './cel-console.ts'
import { completeManifest } from './complete-manifest.ts'
import { completeProfile, hoverProfile } from './complete-profile.ts'
import { type DecidedPod, decideAll } from './decide-all.ts'
import { formOf } from './form-answer.ts'
import { hoverManifest } from './hover-manifest.ts'
import { manifestDiagnostics } from './manifest-diagnostics.ts'
import { manifestName, manifestReader } from './manifest-text.ts'
import { compare, outcomeOf } from './other-outcomes.ts'
import { profileDiagnostics } from './profile-diagnostics.ts'
import { profileReader } from './profile-files.ts'
import { linesFrom, placeIn } from './profile-places.ts'
import type { Analysis, Answer, Question } from './protocol.ts'
import { resultOf } from './result-text.ts'
import { tooLarge } from './sizes.ts'
import { memberAt, replacementOf } from './spans.ts'
import { testFilesOf } from './test-case.ts'
import { workloadAnswer } from './workload-answer.ts'

/** The functions of the worker. They keep what they have read between questions. */
export function createAnalysis(): Analysis {
  const readManifest = manifestReader()
  const readProfiles = profileReader()
  let latest: { readonly question: Question; readonly added: Answer['result']['added'] } | undefined

  function answer(question: Question): Answer {
    const start = performance.now()
    const { id, manifest: text, opened, against, samples = [] } = question
    const refused = tooLarge(question)
    if (refused !== undefined) return withoutAnswer(question, refused)
    const manifest = readManifest(text)
    const files = readProfiles(question.profiles)
    const decided = decideAll(manifest, files.profiles, question.whatIf)
    const chosen = decided[question.workload ?? 0] ?? decided[0]
    const result = resultOf(manifest, decided)
    if (opened !== undefined) files.compile(opened)
    const diff = unifiedDiff(manifestName, text, result.text)
    const pods = decided.filter((each): each is DecidedPod => 'decision' in each)
    const added = addedLines(manifest.manifest, result, pods)
    latest = { question, added }
    return {
      id,
      manifestDiagnostics: manifestDiagnostics(manifest, decided, result.problems, files, question.whatIf),
      profileDiagnostics: profileDiagnostics(files),
      workloads: decided.map(each => workloadAnswer(each, files.profiles, each === chosen)),
      result: { text: result.text, added },
      diff,
      ...(against && { against: compare(manifest, result.text, against, question, readProfiles) }),
      samples: samples.map(sample => outcomeOf(sample, files.profiles, question.whatIf)),
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
    complete: (question, file, offset) => {
      if (tooLarge(question) !== undefined) return undefined
      const files = readProfiles(question.profiles)
      const { namespace } = question.whatIf
      if (file === undefined)
        return completeManifest(question.manifest, offset, files.profiles.allIn(namespace), name =>
          files.profiles.find(name, namespace),
        )
      const text = question.profiles.find(each => each.file === file)?.text
      return text === undefined ? undefined : completeProfile(text, offset, files.parametersOf(file))
    },
    hover: (question, file, offset) => {
      if (tooLarge(question) !== undefined) return undefined
      const files = readProfiles(question.profiles)
      const { namespace } = question.whatIf
      if (file === undefined) return hoverManifest(question.manifest, offset, files.profiles.allIn(namespace))
      const text = question.profiles.find(each => each.file === file)?.text
      return text === undefined ? undefined : hoverProfile(text, offset, files.parametersOf(file))
    },
    placeOf: ({ profiles }, origin) => {
      if (!('profile' in origin)) return undefined
      for (const each of profiles) {
        const place = each.text.includes(origin.profile) ? placeIn(each, origin) : undefined
        if (place) return place
      }
      return undefined
    },
    linesFrom: (question, file, offset) => {
      const source = question.profiles.find(each => each.file === file)
      if (!source || tooLarge(question) !== undefined) return []
      const known = latest && haveSameResult(latest.question, question) ? latest : answer(question).result
      return linesFrom(source, offset, known.added)
    },
    setAnnotation,
    testFiles: question => {
      const refused = tooLarge(question)
      if (refused !== undefined) return { problem: refused }
      return testFilesOf(
        question,
        readManifest(question.manifest),
        readProfiles(question.profiles),
        readProfiles,
      )
    },
    form: question => {
      if (tooLarge(question) !== undefined) return { offered: [], written: {}, fields: {} }
      const { manifest, workload = 0, profiles, whatIf } = question
      const { pods } = readManifest(manifest)
      return formOf(pods[workload] ?? pods[0], readProfiles(profiles), whatIf.namespace)
    },
    evaluate: (question, name, expression) => {
      const refused = tooLarge(question)
      if (refused !== undefined) return { problem: refused }
      const { profiles } = readProfiles(question.profiles)
      const decided = decideAll(readManifest(question.manifest), profiles, question.whatIf)
      const workload = decided[question.workload ?? 0] ?? decided[0]
      if (!workload || !('pod' in workload))
        return {
          problem: 'there is no Pod on which the expression can be evaluated: correct the manifest first',
        }
      const profile = name === undefined ? undefined : profiles.find(name, workload.namespace)
      if (name !== undefined && !profile)
        return { problem: `there is no valid profile ${JSON.stringify(name)}` }
      return evaluateOn(workload, profile, expression)
    },
  }
}

/** Each move of the cursor asks anew, about the same texts. */
function haveSameResult(a: Question, b: Question): boolean {
  const read = ({ manifest, profiles, whatIf }: Question) => ({ manifest, profiles, whatIf })
  return equal(read(a) as unknown as Json, read(b) as unknown as Json)
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
