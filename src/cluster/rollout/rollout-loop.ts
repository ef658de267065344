import type { Namespace } from '../../engine/pod.ts'
import { canonical } from '../../json/json.ts'
import type { Finding } from '../../profile/rollout/finding.ts'
import { type Api, describeError } from '../api/api.ts'
import { askedToWait, defaultBackoff, delayAfter } from '../api/backoff.ts'
import { describeObjectProblem, type ObjectProblem } from '../api/object-problem.ts'
import { WakeSignal } from '../api/wake-signal.ts'
import { findingOf } from './findings.ts'
import { flights, type Step } from './flights.ts'
import { holds } from './holds.ts'
import { leadingApi } from './leading-api.ts'
import { podRecords } from './pod-records.ts'
import { ApiUnavailable, podUpdates } from './pod-updates.ts'
import { type CountedRollout, type RolloutCounts, rolloutCounts } from './rollout-counts.ts'
import { rolloutEvents } from './rollout-event.ts'
import type { ActiveRollout, RolloutJudge } from './rollout-judge.ts'
import { inFlightOf, type RolloutView, rolloutViews } from './rollout-view.ts'
import { turns } from './turns.ts'

export interface RollOutOptions {
  readonly judge: RolloutJudge
  /** Whether Pods are updated. Otherwise they are only looked at. */
  readonly updates: boolean
  readonly namespaceOf: (name: string) => Namespace
  readonly excludedNamespaces: ReadonlySet<string>
  /** The namespace of Pillion. */
  readonly namespace: string
  readonly isLeader: () => boolean
  /** Whether profiles and namespaces are known. */
  readonly isReady: () => boolean
  /** Maximum number of Pods that are updated at the same time. */
  readonly parallelPods: number
  readonly podsPerMinute: number
  /** The replica that writes the Events. */
  readonly identity: string
  /** Called with what a look at the Pods of a profile found, if it is new. */
  readonly found: (rollout: ActiveRollout, finding: Finding) => void
  readonly counted: (counts: RolloutCounts) => void
  readonly stepped: (step: Step) => void
  /** Called when this replica no longer leads. */
  readonly resigned: () => void
  /** Called with what went wrong and will be tried again. Says nothing about the contents of a Pod. */
  readonly failed: (reason: string) => void
  readonly troubled?: ((problem: ObjectProblem) => void) | undefined
  readonly signal: AbortSignal
  /** Time between two looks at the Pods that are being updated. */
  readonly tickMs?: number
  /** Time between two surveys of all Pods at least. */
  readonly surveyMs?: number
}

/**
 * Brings the Pods that run to the revisions that they should have, step by step, as long as this replica leads. What has
 * happened is stored in the Pods and in the statuses of the profiles alone, so another leader goes on where this one stopped.
 */
export function rollOut(api: Api, options: RollOutOptions): void {
  const { judge, updates, isLeader, isReady, found, counted, resigned, failed, signal } = options
  const { tickMs = 1_000, surveyMs = 5_000 } = options
  const { troubled = problem => failed(describeObjectProblem(problem)) } = options
  const leading = leadingApi(api, isLeader)
  const { now } = leading
  const time = () => new Date(now()).toISOString()
  const records = podRecords(leading.api, { ...options, time, troubled })
  const views = rolloutViews()
  const waiting = holds(tickMs)
  const events = rolloutEvents(leading.api, options)
  const flying = flights({ ...options, events, now })
  const parts = { ...options, tickMs, records, events, flights: flying, holds: waiting, now }
  const next = turns(leading.api, { ...parts, updates: podUpdates(leading.api, parts) })
  const wakeSignal = new WakeSignal()
  /** What was handed on about each rollout. */
  const said = new Map<string, string>()
  let wasLeader = false
  let failures = 0
  let surveyAt = 0
  let earliestSurveyAt = 0
  let surveyed: string | undefined
  let isActive = false

  function forget(): void {
    for (const part of [records, views, waiting, flying, said]) 'clear' in part ? part.clear() : part.forget()
    next.forget()
    surveyed = undefined
    failures = 0
    surveyAt = 0
    earliestSurveyAt = 0
    isActive = false
  }

  async function survey(rollouts: readonly ActiveRollout[], bases: string): Promise<void> {
    const startedAt = performance.now()
    // For the time of its clock: that of the last leader may have been another one.
    await leading.api.request('GET', '/version', { signal })
    events.begin()
    await records.survey()
    surveyed = bases
    const endedAt = performance.now()
    const tookMs = endedAt - startedAt
    const isOpen = rollouts.some(({ status }) => status.phase !== 'Completed')
    const pauseMs = Math.max(surveyMs, Math.min(20 * tookMs, longestPauseMs))
    surveyAt = endedAt + (isOpen || isActive ? pauseMs : Math.max(pauseMs, idleMs))
    earliestSurveyAt = endedAt + tookMs
  }

  /** Reads the Pods again that are being updated. */
  async function refresh(rollouts: readonly ActiveRollout[]): Promise<void> {
    const all = views.of(rollouts, records.byProfile(), now())
    for (const pod of inFlightOf(all, options.parallelPods)) await records.read(pod)
  }

  function report(all: readonly RolloutView[]): void {
    for (const view of all) {
      const { rollout, pods, failures: more } = view
      const why = waiting.describe(pods.map(({ pod }) => pod))
      const looked = findingOf(pods, rollout, { more, waiting: why })
      const finding = flying.isReplacing(view) ? { ...looked, isSettled: false } : looked
      const text = canonical(finding as never)
      if (said.get(rollout.key) === text) continue
      said.set(rollout.key, text)
      found(rollout, finding)
    }
    counted(rolloutCounts(all.map(countedOf)))
  }

  async function look(): Promise<void> {
    const rollouts = judge.rollouts()
    if (rollouts.length === 0) {
      if (updates) await next.idle()
      if (surveyed !== undefined) {
        forget()
        counted(rolloutCounts([]))
      }
      return
    }
    const bases = rollouts.map(({ key, basis }) => `${key} ${basis}`).join('\n')
    const at = performance.now()
    const isSurvey = at >= surveyAt || (bases !== surveyed && at >= earliestSurveyAt)
    if (isSurvey) await survey(rollouts, bases)
    else if (bases !== surveyed || !isActive) return
    else await refresh(rollouts)
    const all = views.of(rollouts, records.byProfile(), now())
    waiting.keep(records.has)
    await flying.settle(all)
    report(all)
    if (updates && isSurvey) await events.sayNeedsRecreate(all)
    isActive = updates && (await next.take(all))
  }

  /** Returns how long to wait. */
  async function step(): Promise<number> {
    const leads = isLeader()
    if (wasLeader && !leads) {
      forget()
      resigned()
    }
    wasLeader = leads
    if (!leads || !isReady()) return tickMs
    try {
      await look()
      failures = 0
      return tickMs
    } catch (error) {
      failures += 1
      if (!signal.aborted && isLeader()) failed(`the rollout: ${describeError(error)}`)
      const askedMs = error instanceof ApiUnavailable ? error.afterMs : askedToWait(error)
      return Math.max(tickMs, delayAfter(failures, { ...defaultBackoff, firstMs: tickMs }, askedMs))
    }
  }

  async function run(): Promise<void> {
    while (!signal.aborted) await wakeSignal.wait(await step(), signal)
  }
  void run()
}

const longestPauseMs = 30_000
const idleMs = 60_000

function countedOf({ rollout: { name, namespace, status }, pods: all }: RolloutView): CountedRollout {
  const pods = { ready: 0, updating: 0, outdated: 0, needsRecreate: 0, failed: 0 }
  for (const { is } of all) pods[is.state] += 1
  return { name, ...(namespace !== undefined && { namespace }), phase: status.phase, pods }
}
