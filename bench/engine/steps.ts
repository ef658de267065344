import { logFieldsOf } from '../../src/admission/log-fields.ts'
import { read } from '../../src/admission/read.ts'
import { respond } from '../../src/admission/respond.ts'
import { type ReviewContext, review } from '../../src/admission/review.ts'
import { decide } from '../../src/engine/decide.ts'
import type { Subject } from '../../src/engine/decision.ts'
import { arrange } from '../../src/engine/order/arrange.ts'
import { patch } from '../../src/engine/patch/patch.ts'
import { place, plan } from '../../src/engine/plan/plan.ts'
import { inject } from '../../src/engine/render/injection.ts'
import { resolve, strayAnnotations } from '../../src/engine/resolve/resolve.ts'
import { select } from '../../src/engine/select/select.ts'
import { meetAsSubmitted } from '../../src/engine/status/as-submitted.ts'
import { asGiven } from '../../src/engine/status/given.ts'
import { statusOf } from '../../src/engine/status/status.ts'

export type Step = () => unknown

/** From the text of a request to the text of its answer, as the server takes it. */
export function answerTo(text: string, reviewing: ReviewContext): string {
  const reviewed = review(JSON.parse(text), reviewing)
  if (!('response' in reviewed)) throw new Error(JSON.stringify(reviewed))
  return JSON.stringify(reviewed.response)
}

/**
 * Each step of an answer alone, on what the step before it gave: the functions that `review` and `decide` call,
 * in their order. Throws where the Pod is not injected.
 */
export function stepsOf(text: string, reviewing: ReviewContext): Readonly<Record<string, Step>> {
  const { profiles, cluster } = reviewing
  const body: unknown = JSON.parse(text)
  const { request } = having('request', read(body))
  const { pod } = request
  const subject: Subject = { ...request, namespace: reviewing.namespaceOf(request.namespace) }

  const { profiles: selected } = having('profiles', select(subject, profiles, cluster))
  const resolveAll = () => {
    const given = selected.map(profile => asGiven(profile, statusOf(pod), profiles))
    strayAnnotations(subject, given, profiles)
    return given.map(profile => ({ profile, ...resolve(profile, subject) }))
  }
  const resolved = resolveAll()
  const { chosen } = meetAsSubmitted(resolved, subject, cluster, statusOf(pod))
  const { injections, app } = inject(chosen, pod)
  const draft = place(pod, injections, app, undefined)
  const { plan: planned } = having('plan', plan(pod, injections, app, undefined))
  const operations = patch(pod, planned)
  const patchText = JSON.stringify(operations)
  const decision = decide(subject, profiles, cluster)
  if (decision.outcome !== 'injected') throw new Error(decision.message)
  const answer = respond(request.uid, decision)

  return {
    'parse the request': () => JSON.parse(text),
    'read: check the shape': () => [read(body), logFieldsOf(request)],
    'select profiles': () => select(subject, profiles, cluster),
    'resolve parameters': resolveAll,
    'meet requirements': () => meetAsSubmitted(resolved, subject, cluster, statusOf(pod)),
    'render profiles': () => inject(chosen, pod),
    'plan: place, find conflicts': () => place(pod, injections, app, undefined),
    'plan: order': () => [
      arrange(draft, injections, 'initContainers'),
      arrange(draft, injections, 'containers'),
    ],
    [wholePlan]: () => plan(pod, injections, app, undefined),
    'make the patch': () => patch(pod, planned),
    'patch as JSON': () => JSON.stringify(operations),
    'patch in base64': () => Buffer.from(patchText).toString('base64'),
    'answer as JSON': () => JSON.stringify(answer),
    [whole]: () => answerTo(text, reviewing),
  }
}

export const whole = 'all, in one'
/** Both steps of it above, and the status. */
export const wholePlan = 'plan, all of it'

function having<T extends object, K extends string>(
  key: K,
  outcome: T,
): Extract<T, { readonly [k in K]: unknown }> {
  if (!(key in outcome)) throw new Error(`there is no ${key}, but ${JSON.stringify(outcome)}`)
  return outcome as Extract<T, { readonly [k in K]: unknown }>
}
