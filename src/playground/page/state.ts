import type { Analysis, Answer, Place, ProfileText, Question, WhatIf } from '../protocol.ts'

export const inputs = ['manifest', 'form', 'profiles', 'whatIf'] as const
export const outputs = ['result', 'diff', 'picture', 'explanation', 'patch'] as const

/** All that the page shows. Each component shows a part of it, and changes it by `set`. */
export interface State {
  readonly manifest: string
  /** Profiles that came with the page: those of the catalog, or those of `pillion playground`. */
  readonly shipped: Shipped
  /** Texts by file: changed ones of `shipped`, and those of the person's own. */
  readonly edited: Readonly<Record<string, string>>
  readonly whatIf: WhatIf
  /** Which workload of the manifest the tabs show. */
  readonly workload: number
  /** The tab that is shown on the left. */
  readonly input: (typeof inputs)[number]
  /** The tab that is shown on the right. */
  readonly output: (typeof outputs)[number]
  /** The file in the editor of profiles. */
  readonly opened: string | undefined
  /** What the editor of profiles selects; a new object selects it again. */
  readonly place: Place | undefined
  /** Lines of the result that come from where the cursor is in the editor of profiles. */
  readonly traced: readonly number[]
  /** What a question has besides, for the panels that add to it. */
  readonly besides: Partial<Question>
  /** The last answer of the worker; it may be older than the texts. */
  readonly answer: Answer | undefined
  /** The question of this answer. */
  readonly answered: Question | undefined
  /** The worker has been busy with the present texts for a while; the answer is about earlier ones. */
  readonly isSlow: boolean
  /** Why there is no answer: a fault of the page. */
  readonly fault: string | undefined
  /** What just happened, such as "Link copied."; it is shown and read out for a while. A new object shows it again. */
  readonly notice: { readonly text: string } | undefined
}

/** The file profiles.json beside the page. */
export interface Shipped {
  /** `the built-in catalog` */
  readonly from: string
  /** How a command of Pillion gets the same profiles: `--profiles catalog`. */
  readonly flags: readonly string[]
  readonly profiles: readonly ProfileText[]
}

/** The functions of the worker that components call, other than `answer`, which the page calls by itself. */
export type Asked = Exclude<keyof Analysis, 'answer'>
export type Rest<Name extends Asked> =
  Parameters<Analysis[Name]> extends [Question, ...infer More] ? More : never

/** The one place where the page keeps what it shows. */
export interface Store {
  readonly state: State
  /** Changes the state; those who watch what changed are called at once. */
  set(change: Partial<State>): void
  /** Calls `show` now, and whenever `pick` gives another value (compared by `Object.is`). */
  watch<Value>(pick: (state: State) => Value, show: (value: Value, state: State) => void): void
  /** Asks the worker about the present state. Rejects with a sentence if it fails. */
  ask<Name extends Asked>(name: Name, ...rest: Rest<Name>): Promise<ReturnType<Analysis[Name]>>
}

/** A store without a worker: `call` is how it asks. */
export function createStore(
  initial: State,
  call: (name: Asked, question: Question, rest: readonly unknown[]) => Promise<unknown>,
): Store {
  let state = initial
  const watchers: ((before: State) => void)[] = []
  return {
    get state() {
      return state
    },
    set(change) {
      const before = state
      state = { ...state, ...change }
      for (const each of watchers) each(before)
    },
    watch(pick, show) {
      let shown = pick(state)
      show(shown, state)
      watchers.push(() => {
        const value = pick(state)
        if (Object.is(value, shown)) return
        shown = value
        show(value, state)
      })
    },
    ask: (name, ...rest) => call(name, questionOf(state), rest) as never,
  }
}

/** The profiles of a state: those that came with the page as they are edited, and the person's own. */
export function profilesOf({ shipped, edited }: Pick<State, 'shipped' | 'edited'>): readonly ProfileText[] {
  const known = new Set(shipped.profiles.map(({ file }) => file))
  const own = Object.entries(edited).filter(([file]) => !known.has(file))
  return [
    ...shipped.profiles.map(({ file, text }) => ({ file, text: edited[file] ?? text })),
    ...own.map(([file, text]) => ({ file, text })),
  ]
}

let last = 0

/** The question about a state. */
export function questionOf(state: State): Question {
  const { manifest, whatIf, workload, opened, besides } = state
  return {
    ...besides,
    id: ++last,
    manifest,
    profiles: profilesOf(state),
    whatIf,
    workload,
    ...(opened !== undefined && { opened }),
  }
}

/** Whether two states have the same answer. */
export function isSameQuestion(a: State, b: State): boolean {
  const keys = ['manifest', 'shipped', 'edited', 'whatIf', 'workload', 'opened', 'besides'] as const
  return keys.every(key => Object.is(a[key], b[key]))
}

/** The workload that the tabs show, as the worker answered: the one that was chosen then. */
export function shownWorkload({ answer, answered }: Pick<State, 'answer' | 'answered'>) {
  return answer?.workloads[answered?.workload ?? 0] ?? answer?.workloads[0]
}
