import { factsOf } from '../../src/admission/facts.ts'
import { read } from '../../src/admission/read.ts'
import { respond } from '../../src/admission/respond.ts'
import { type Reviewing, review } from '../../src/admission/review.ts'
import { decide } from '../../src/engine/decide.ts'
import type { Subject } from '../../src/engine/decision.ts'
import { arrangeAll } from '../../src/engine/order/arrange.ts'
import { planForOriginal } from '../../src/engine/original/original-pod.ts'
import { patch } from '../../src/engine/patch/patch.ts'
import { plan } from '../../src/engine/plan/plan.ts'
import { reconcile } from '../../src/engine/reconcile/reconcile.ts'
import { renderProfiles } from '../../src/engine/render/profiles.ts'
import { meetRequirements } from '../../src/engine/render/requirements.ts'
import { resolveAll } from '../../src/engine/resolve/resolve.ts'
import { revise } from '../../src/engine/revise/revise.ts'
import { select } from '../../src/engine/select/select.ts'
import { statusOf } from '../../src/engine/status/status.ts'

export type Step = () => unknown

/** From the text of a request to the text of its answer, as the server takes it. */
export function answerTo(text: string, reviewing: Reviewing): string {
  const reviewed = review(JSON.parse(text), reviewing)
  if (!('response' in reviewed)) throw new Error(JSON.stringify(reviewed))
  return JSON.stringify(reviewed.response)
}

/**
 * Each step of an answer alone, on what the step before it gave: the functions that `review` and `decide` call,
 * in their order. Throws where the Pod is not injected.
 */
export function stepsOf(text: string, reviewing: Reviewing): Readonly<Record<string, Step>> {
  const { profiles, cluster } = reviewing
  const body: unknown = JSON.parse(text)
  const { request } = having('request', read(body))
  const { pod } = request
  const subject: Subject = { ...request, namespace: reviewing.namespaceOf(request.namespace) }

  const { profiles: selected } = having('profiles', select(subject, profiles, cluster))
  const status = statusOf(pod)
  const resolving = () => resolveAll(revise(selected, status, profiles).current, subject, profiles)
  const { wanted } = resolving()
  const original = planForOriginal(wanted, subject, cluster, status)
  const { chosen, app, planned } = original
  const changes = reconcile(planned, { pod })
  const lists = arrangeAll(changes, planned.injections)
  const operations = patch({ ...changes, ...lists })
  const patchText = JSON.stringify(operations)
  const decision = decide(subject, profiles, cluster)
  if (decision.outcome !== 'injected') throw new Error(decision.message)
  const answer = respond(request.uid, decision)

  return {
    'parse the request': () => JSON.parse(text),
    'read: check the shape': () => [read(body), factsOf(request)],
    'select profiles': () => select(subject, profiles, cluster),
    'resolve parameters': resolving,
    'meet requirements': () => meetRequirements(wanted, subject, cluster),
    'render profiles': () => renderProfiles(chosen, app),
    'plan: place, find conflicts': () => plan(pod, original.injections, app, status),
    'reconcile with the Pod': () => reconcile(planned, { pod }),
    'order of containers': () => arrangeAll(changes, planned.injections),
    'make the patch': () => patch({ ...changes, ...lists }),
    'patch as JSON': () => JSON.stringify(operations),
    'patch in base64': () => Buffer.from(patchText).toString('base64'),
    'answer as JSON': () => JSON.stringify(answer),
    [whole]: () => answerTo(text, reviewing),
  }
}

export const whole = 'all, in one'

function having<T extends object, K extends string>(
  key: K,
  outcome: T,
): Extract<T, { readonly [k in K]: unknown }> {
  if (!(key in outcome)) throw new Error(`there is no ${key}, but ${JSON.stringify(outcome)}`)
  return outcome as Extract<T, { readonly [k in K]: unknown }>
}
