import type { Outcome, ResolvedParameter } from '../engine/decision.ts'
import type { Operation } from '../engine/patch/apply.ts'
import type { Namespace, Strings } from '../engine/pod.ts'
import type { Reason } from '../engine/reason.ts'
import type { PodUpdate } from '../engine/update/pod-update.ts'
import type { Origin } from '../explain/origin.ts'
import type { Parameter } from '../profile/schema/schema.ts'

// What the page and its worker say to each other: plain JSON. Offsets are in UTF-16 code units of the text, as in CodeMirror.

/** A text of profiles: a file of the catalog, of a directory, or what somebody edits in the page. */
export interface ProfileText {
  /** `catalog/log-tail.yaml` */
  readonly file: string
  readonly text: string
}

/** What the page asks about one state of its editors. */
export interface Question {
  /** Ascending; an answer to an older question is dropped. */
  readonly id: number
  readonly manifest: string
  readonly profiles: readonly ProfileText[]
  readonly whatIf: WhatIf
  /** Which workload of the manifest the tabs show; the first one by default. */
  readonly workload?: number
  /** The file that the editor of profiles shows: its problems are wanted even if no Pod asks for it. */
  readonly opened?: string
  /** Another revision of the file with this name: the answer compares what both give. */
  readonly against?: ProfileText
  /** Manifests for which the outcome is wanted, too. */
  readonly samples?: readonly Sample[]
}

/** A manifest beside the one in the editor. */
export interface Sample {
  readonly name: string
  readonly manifest: string
}

/** What the page lets people change besides the texts. */
export interface WhatIf {
  /** `1.34` */
  readonly kubernetesVersion: string
  /** Namespace of workloads that name none. */
  readonly namespace: string
  readonly namespaceLabels: Strings
  readonly namespaceAnnotations: Strings
  /** The API server asks again after another webhook: the answer is about the Pod as it is after the first call. */
  readonly isSecondCall: boolean
}

export interface Span {
  readonly from: number
  readonly to: number
}

/** A problem or a warning in a text, at its place. */
export interface Diagnostic extends Span {
  readonly severity: 'error' | 'warning' | 'info'
  readonly message: string
  readonly reason?: Reason
  readonly fixes: readonly Fix[]
}

/** A change of the text that removes a problem. */
export interface Fix {
  /** `Replace "log-tial" by "log-tail"` */
  readonly label: string
  readonly edits: readonly Edit[]
}

/** A piece of the text, and what takes its place. */
export interface Edit extends Span {
  readonly insert: string
}

/** A line of the result that Pillion added; lines count from 1. */
export interface AddedLine {
  readonly line: number
  readonly origin?: Origin
}

export interface WorkloadAnswer {
  /** `Deployment/web` */
  readonly title: string
  /** Its own, or the one for workloads that name none, with what the manifest and the page say; undefined if it is unreadable. */
  readonly namespace?: Namespace
  /** Line of its first key in the manifest. */
  readonly line: number
  /** `unreadable`: the API server would refuse it before it calls Pillion, because it has not the shape of a Pod. */
  readonly outcome: Outcome | 'unreadable'
  /** Undefined if it is unreadable. */
  readonly reason?: Reason
  readonly message: string
  /** Of the chosen workload, as all that follows. */
  readonly explanation: string
  readonly patch: readonly Operation[]
  /** As SVG; undefined if the Pod cannot be read. */
  readonly picture?: string
  /** What the picture shows, for people who do not see it. */
  readonly pictureText?: string
  /** For the form: the profiles that the workload asks for, with their parameters and values. */
  readonly asked: readonly {
    readonly name: string
    readonly description: string
    readonly parameters: readonly (Parameter & {
      readonly name: string
      readonly annotation: string
      readonly resolved?: ResolvedParameter
    })[]
  }[]
}

/** What becomes of one workload. */
export type WorkloadOutcome = Pick<WorkloadAnswer, 'title' | 'outcome' | 'reason' | 'message'>

/** What another revision of a profile would give. */
export interface Against {
  /** Of the other text; undefined if it is not a valid profile. */
  readonly revision?: string
  /** Problems of the other text. */
  readonly problems: readonly string[]
  readonly workloads: readonly (WorkloadOutcome & {
    /** How Pods that run with the other text get the present one; undefined if they have no profile that differs. */
    readonly update?: RunningUpdate | undefined
  })[]
  /** `spec.rollout.update` of the present text; undefined if no profile differs. */
  readonly policy?: 'OnCreate' | 'InPlace' | 'Recreate'
  /** Unified diff from its result to the one of the answer. */
  readonly diff: string
}

/** What changes in a Pod that runs; a part of the engine's `PodUpdate`. */
export type RunningUpdate = Pick<PodUpdate, 'kind' | 'fields' | 'restarts' | 'because'>

export interface SampleAnswer {
  readonly name: string
  /** The manifest cannot be read. */
  readonly problems: readonly string[]
  readonly workloads: readonly WorkloadOutcome[]
}

export interface Answer {
  readonly id: number
  readonly manifestDiagnostics: readonly Diagnostic[]
  /** By file, for the profiles that were parsed. */
  readonly profileDiagnostics: Readonly<Record<string, readonly Diagnostic[]>>
  readonly workloads: readonly WorkloadAnswer[]
  /** The manifest with what is injected, in its own format. The manifest itself where nothing is. */
  readonly result: { readonly text: string; readonly added: readonly AddedLine[] }
  /** Unified diff from the manifest to the result. */
  readonly diff: string
  /** If the question has `against`. */
  readonly against?: Against
  /** In the order of the question. */
  readonly samples: readonly SampleAnswer[]
  /** Time the worker took, in milliseconds. */
  readonly durationMs: number
}

/** What the form needs besides an answer. */
export interface FormAnswer {
  /** The profiles that Pods of the workload can ask for, by name. */
  readonly offered: readonly { readonly file: string; readonly name: string; readonly description: string }[]
  /** The annotations of Pillion that the Pod of the chosen workload has. */
  readonly written: Strings
  /** By annotation, for each parameter of these profiles. */
  readonly fields: Readonly<Record<string, FormField>>
}

export interface FormField {
  /** `integer, 1 to 65535`; empty where every text is allowed, and where the form offers all values. */
  readonly accepts: string
  /** What is wrong with the value that the annotation has. */
  readonly problem?: string
}

/** A completion or a hover at an offset of the manifest or of a profile. */
export interface Completion extends Span {
  readonly options: readonly {
    readonly label: string
    readonly detail?: string
    readonly info?: string
    /** Text to insert if it is not the label. */
    readonly insert?: string
  }[]
}

export interface Hover extends Span {
  /** Plain text; the page makes paragraphs of its lines. */
  readonly text: string
}

/** A place in a text, by which a click in the result leads to the line of the profile. */
export interface Place extends Span {
  readonly file: string
}

/** The functions of the worker. The page calls them by message; tests call them as they are. */
export interface Analysis {
  answer(question: Question): Answer
  /** `file` is undefined for the manifest. */
  complete(question: Question, file: string | undefined, offset: number): Completion | undefined
  hover(question: Question, file: string | undefined, offset: number): Hover | undefined
  /** The text in a profile from which a value comes. */
  placeOf(question: Question, origin: Origin): Place | undefined
  /** The lines of the result that come from an offset of a profile. */
  linesFrom(question: Question, file: string, offset: number): readonly number[]
  /**
   * The edits of the manifest that set an annotation of the Pods of a workload, or remove it if there is no value. They keep
   * the format. Undefined stands for the chosen workload.
   */
  setAnnotation(
    question: Question,
    workload: number | undefined,
    key: string,
    value: string | undefined,
  ): { readonly edits: readonly Edit[] } | { readonly problem: string }
  /** What the form shows for the chosen workload. */
  form(question: Question): FormAnswer
  /** The files of a folder for `pillion test`, by path: the manifest, its profiles, and what Pillion does now. */
  testFiles(
    question: Question,
  ): { readonly files: Readonly<Record<string, string>> } | { readonly problem: string }
  /** What a CEL expression gives on the Pod of the chosen workload, with the parameters of a profile. */
  evaluate(
    question: Question,
    profile: string | undefined,
    expression: string,
  ): { readonly value: string } | { readonly problem: string }
}
