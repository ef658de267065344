import { setTimeout as sleep } from 'node:timers/promises'
import jsonPatch from 'fast-json-patch'
import { uninject } from '../../src/engine/uninject.ts'
import { type Json, type JsonObject, metadataOf } from '../../src/profile/json.ts'
import type { ApiServer } from './api-server.ts'
import { calm, canaries } from './canary.ts'
import { readText } from './reading.ts'
import type { Answer, Replica } from './replica.ts'
import { type Case, reviewOf, type Step } from './step.ts'

/** What a case must not do to a replica, and what it cost. */
export interface Trial {
  readonly violations: readonly string[]
  /** The dearest step. */
  readonly cpuMs: number
  /** The most memory that the replica had. */
  readonly megabytes: number
}

/** The numbers that no case may exceed. */
export const allowed = {
  /** CPU of a review or of what a change of one profile costs. */
  cpuMs: 250,
  /** CPU in which a command reads a text. */
  readMs: 2_000,
  /** Memory of the container in deploy/deployment.yaml. */
  megabytes: 384,
  /** Bytes of an answer that holds no patch. */
  answerBytes: 65_536,
  /** Of an answer to a probe, whatever else goes on. */
  probeMs: 1_000,
} as const

export interface Lab {
  readonly apiServer: ApiServer
  replica: Replica
  readonly start: () => Promise<Replica>
  /** Whether an object was there before the first case. */
  readonly isKept: (object: JsonObject) => boolean
}

/** Does what a case says, and looks after each step whether all is as it must be; puts the lab in order afterwards. */
export async function run({ steps }: Case, lab: Lab): Promise<Trial> {
  const violations: string[] = []
  let [cpuMs, megabytes] = [0, 0]
  const probing = probe(lab, violations)
  for (const [i, step] of steps.entries()) {
    const say = (what: string) => violations.push(`step ${i + 1} (${step.do}): ${what}`)
    const cost = await take(step, lab, say)
    cpuMs = Math.max(cpuMs, cost.cpuMs)
    if (!lab.replica.isAlive()) {
      say('the replica ended')
      lab.replica = await lab.start()
      continue
    }
    megabytes = Math.max(megabytes, lab.replica.peakMegabytes())
  }
  if (megabytes > allowed.megabytes) violations.push(`the replica had ${Math.round(megabytes)} MB`)
  await probing.end()
  for (const object of lab.apiServer.objects()) if (!lab.isKept(object)) lab.apiServer.remove(object)
  violations.push(...(await canaries(lab.replica)))
  return { violations, cpuMs, megabytes }
}

async function take(step: Step, lab: Lab, say: (what: string) => void): Promise<{ cpuMs: number }> {
  const { apiServer } = lab
  switch (step.do) {
    case 'put':
      return spending(step, lab, say, async () => apiServer.put(step.object))
    case 'delete':
      return spending(step, lab, say, async () => apiServer.remove(step.object))
    case 'restart':
      await lab.replica.end()
      lab.replica = await lab.start()
      return { cpuMs: 0 }
    case 'review': {
      const body = reviewOf('Pod', step.namespace, step.pod)
      const cost = await spending(step, lab, say, async () => {
        const answer = await lab.replica.post('/mutate', body)
        checkAnswer(answer, say)
        await checkPatch(answer, step, lab.replica, say)
      })
      return cost
    }
    case 'validate': {
      const namespace = String(metadataOf(step.object)['namespace'] ?? '')
      const body = reviewOf(String(step.object['kind']), namespace, step.object)
      return spending(step, lab, say, async () => checkAnswer(await lab.replica.post('/validate', body), say))
    }
    case 'send':
      return spending(step, lab, say, async () => {
        const { status, body } = await lab.replica.post(step.path, step.body)
        if (status === 500) say(`a bug: HTTP 500: ${body.slice(0, 200)}`)
        if (body.length > allowed.answerBytes && !body.includes('"patch":'))
          say(`an answer of ${body.length} bytes`)
      })
    case 'read': {
      const { cpuMs, failure } = await readText(step)
      if (failure !== undefined) say(failure)
      if (cpuMs > allowed.readMs) say(`${Math.round(cpuMs)} ms of CPU to read ${step.text.length} characters`)
      return { cpuMs: 0 }
    }
  }
}

/** What a replica spends while an action goes on, and until it rests again. */
async function spending(
  step: Step,
  lab: Lab,
  say: (what: string) => void,
  action: () => Promise<void>,
): Promise<{ cpuMs: number }> {
  const { replica } = lab
  const before = replica.cpuMs()
  await action()
  const cpuMs = (step.do === 'put' ? await calm(replica) : replica.cpuMs()) - before
  const most = allowed.cpuMs * (step.do === 'review' ? 2 : 1)
  if (cpuMs > most) say(`${cpuMs} ms of CPU`)
  return { cpuMs }
}

function checkAnswer({ status, body }: Answer, say: (what: string) => void): void {
  if (status === 500) say(`a bug: HTTP 500: ${body.slice(0, 200)}`)
  else if (status === 0) say(`no answer: ${body}`)
  else if (body.length > allowed.answerBytes && !body.includes('"patch":'))
    say(`an answer of ${body.length} bytes`)
}

/** A patch applies, is all that there is to add, and can be taken back. */
async function checkPatch(
  { status, body }: Answer,
  { namespace, pod }: Extract<Step, { do: 'review' }>,
  replica: Replica,
  say: (what: string) => void,
): Promise<void> {
  if (status !== 200 || JSON.stringify(pod).includes('pillion.dev/status')) return
  const { response } = JSON.parse(body) as { response: { allowed: boolean; patch?: string } }
  if (response.patch === undefined) return
  const injected = applied(pod, JSON.parse(Buffer.from(response.patch, 'base64').toString()), say)
  if (!injected) return
  const again = JSON.parse((await replica.post('/mutate', reviewOf('Pod', namespace, injected))).body || '{}')
  if (again.response?.patch !== undefined) say('a second review adds more')
  const back = applied(injected, uninject(injected as never) as never, say)
  if (back && JSON.stringify(sorted(back)) !== JSON.stringify(sorted(pod)))
    say('uninject does not give the Pod back')
}

function applied(
  pod: JsonObject,
  patch: jsonPatch.Operation[],
  say: (what: string) => void,
): JsonObject | undefined {
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

/** Asks the replica for its health all the while, as a kubelet does. */
function probe(lab: Lab, violations: string[]) {
  let isOver = false
  const ended = (async () => {
    while (!isOver) {
      const { replica } = lab
      const { ms, status } = await replica.get('/healthz')
      if (lab.replica === replica && replica.isAlive() && (status !== 200 || ms > allowed.probeMs))
        violations.push(`a probe got ${status} after ${Math.round(ms)} ms`)
      await sleep(50)
    }
  })()
  return {
    end() {
      isOver = true
      return ended
    },
  }
}
