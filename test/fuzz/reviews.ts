import { setTimeout as sleep } from 'node:timers/promises'
import jsonPatch from 'fast-json-patch'
import { uninject } from '../../src/engine/patch/uninject.ts'
import { isObject, type Json, type JsonObject, member, metadataOf } from '../../src/json/json.ts'
import { allowed, isTooMuch } from './allowed.ts'
import { meddled } from './meddling.ts'
import type { Answer, Replica } from './replica.ts'
import { reviewOf, type Step } from './step.ts'

type Review = Extract<Step, { do: 'review' }>
type Say = (what: string) => void

/**
 * A patch applies, loses nothing of the Pod, is all that there is to add, and can be taken back. Gives the CPU of the
 * dearest review. A review of what the replica does not know waits, and profiles that were stored before are accepted
 * meanwhile: then the CPU of the same review counts that is made once more.
 */
export async function checkReviews(step: Review, replica: Replica, say: Say): Promise<{ cpuMs: number }> {
  let cpuMs = 0
  await checkAll(step, say, async object => {
    const body = reviewOf('Pod', step.namespace, object)
    const first = await spending(replica, body)
    const isDear = isTooMuch(first.spent, allowed.cpuMs)
    const { answer, spent } = isDear ? await resting(replica).then(() => spending(replica, body)) : first
    cpuMs = Math.max(cpuMs, spent)
    if (isTooMuch(spent, allowed.cpuMs)) say(`${spent} ms of CPU for a review`)
    checkAnswer(answer, say)
    const patch = patchIn(answer)
    return patch && applied(object, patch, say)
  })
  return { cpuMs }
}

/** Until a replica spends nearly nothing, at most ten seconds. */
async function resting(replica: Replica): Promise<void> {
  for (let i = 0; i < 20; i++) {
    const before = replica.cpuMs()
    await sleep(500)
    if (replica.cpuMs() - before <= 20) return
  }
}

async function spending(replica: Replica, body: string) {
  const before = replica.cpuMs()
  const answer = await replica.post('/mutate', body)
  return { answer, spent: replica.cpuMs() - before }
}

type ReviewContext = (object: JsonObject) => Promise<JsonObject | undefined>

async function checkAll({ pod, meddling }: Review, say: Say, review: ReviewContext): Promise<void> {
  const injected = await review(pod)
  // The API server refuses a Pod with two containers of one name, whatever is added to it.
  if (!injected || hasNamesakes(pod)) return
  checkOwn(pod, injected, say)
  if (meddling) return checkMeddled(meddled(injected, meddling), say, review)
  if (await review(injected)) say('a second review adds more')
  if (hasStatus(pod)) return
  const back = applied(injected, uninject(injected as never) as never, say)
  if (back && JSON.stringify(sorted(back)) !== JSON.stringify(sorted(pod)))
    say('uninject does not give the Pod back')
}

/** Whatever other webhooks do: reviews come to rest, and what the others added stays. */
async function checkMeddled(pod: JsonObject, say: Say, review: ReviewContext): Promise<void> {
  const second = await review(pod)
  if (!second) return
  checkOwn(pod, second, say)
  if (await review(second)) say('reviews do not come to rest after another webhook')
}

export function checkAnswer({ status, body }: Answer, say: Say): void {
  if (status === 500) say(`a bug: HTTP 500: ${body.slice(0, 200)}`)
  else if (status === 0) say(`no answer: ${body}`)
  else if (body.length > allowed.answerBytes && !body.includes('"patch":'))
    say(`an answer of ${body.length} bytes`)
}

/** What a Pod has in containers named app…, which are of no profile, it has afterwards. */
function checkOwn(before: JsonObject, after: JsonObject, say: Say): void {
  const afterwards = new Map(containersOf(after).map(container => [container['name'], container]))
  for (const container of containersOf(before)) {
    const { name, image } = container
    if (!String(name).startsWith('app')) continue
    const now = afterwards.get(name)
    if (now?.['image'] !== image) say(`container ${String(name)} is lost`)
    for (const [list, key] of [
      ['env', 'name'],
      ['volumeMounts', 'mountPath'],
    ] as const) {
      const there = new Set(itemsOf(now, list).map(item => item[key]))
      if (itemsOf(container, list).some(item => !there.has(item[key])))
        say(`container ${String(name)} loses ${list}`)
    }
  }
}

const itemsOf = (object: Json | undefined, list: string): readonly JsonObject[] =>
  isObject(object) && Array.isArray(object[list]) ? object[list].filter(isObject) : []
const containersOf = (pod: JsonObject) => itemsOf(pod['spec'], 'containers')
const hasStatus = (pod: JsonObject) => {
  const { annotations } = metadataOf(pod)
  return isObject(annotations) && 'pillion.dev/status' in annotations
}

function patchIn({ status, body }: Answer): jsonPatch.Operation[] | undefined {
  if (status !== 200) return undefined
  const { response } = JSON.parse(body) as { response: { patch?: string } }
  if (response.patch === undefined) return undefined
  return JSON.parse(Buffer.from(response.patch, 'base64').toString()) as jsonPatch.Operation[]
}

function applied(pod: JsonObject, patch: jsonPatch.Operation[], say: Say): JsonObject | undefined {
  try {
    return jsonPatch.applyPatch(structuredClone(pod), patch, true, false).newDocument as JsonObject
  } catch (error) {
    say(`a patch that cannot be applied: ${(error as Error).message.slice(0, 200)}`)
    return undefined
  }
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([key, member]) => [key, sorted(member ?? null)] as const)
  return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function hasNamesakes({ spec }: JsonObject): boolean {
  const { containers, initContainers } = isObject(spec) ? spec : {}
  const names = [containers, initContainers].flatMap(list =>
    Array.isArray(list) ? list.map(each => String(member(each, 'name'))) : [],
  )
  return new Set(names).size < names.length
}
