import { setTimeout as sleep } from 'node:timers/promises'
import { type JsonObject, metadataOf } from '../../src/json/json.ts'
import { allowed, isTooMuch } from './allowed.ts'
import type { ApiServer } from './api-server.ts'
import { calm, canaries } from './canary.ts'
import { checkPort, timesOfAct } from './port-check.ts'
import { readText } from './reading.ts'
import type { Replica } from './replica.ts'
import { checkAnswer, checkReviews } from './reviews.ts'
import { playStory } from './rollout/playing.ts'
import { type Case, reviewOf, type Step } from './step.ts'
import { count, write } from './wire.ts'

/** What a case must not do to a replica, and what it cost. */
export interface Trial {
  readonly violations: readonly string[]
  /** The dearest step. */
  readonly cpuMs: number
  /** The most memory that the replica had. */
  readonly megabytes: number
}

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
  const added = lab.apiServer.objects().filter(object => !lab.isKept(object))
  for (const object of added) lab.apiServer.remove(object)
  if (added.length > 0) await calm(lab.replica)
  violations.push(...(await canaries(lab.replica)))
  return { violations, cpuMs, megabytes }
}

async function take(step: Step, lab: Lab, say: (what: string) => void): Promise<{ cpuMs: number }> {
  const { apiServer } = lab
  switch (step.do) {
    case 'put':
      return spending(step, lab, say, async () => apiServer.put(step.object))
    case 'put all':
      return spending(step, lab, say, async () => {
        for (const object of step.objects) apiServer.put(object)
      })
    case 'delete':
      return spending(step, lab, say, async () => apiServer.remove(step.object))
    case 'restart':
      await lab.replica.end()
      lab.replica = await lab.start()
      return { cpuMs: 0 }
    case 'review':
      return checkReviews(step, lab.replica, say)
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
    case 'wire':
      return spending(step, lab, say, async () => {
        const received = await write(step, lab.replica)
        if (received.includes('HTTP/1.1 500')) say(`a bug: ${received.slice(0, 300)}`)
        if (received.length > allowed.answerBytes * Math.max(1, count(received)))
          say(`answers of ${received.length} bytes`)
      })
    case 'port':
      return spending(step, lab, say, () => checkPort(step.act, lab.replica, say))
    case 'read': {
      const { cpuMs, failure } = await readText(step)
      if (failure !== undefined) say(failure)
      if (isTooMuch(cpuMs, allowed.readMs))
        say(`${Math.round(cpuMs)} ms of CPU to read ${step.text.length} characters`)
      return { cpuMs: 0 }
    }
    case 'rollout':
      for (const violation of await playStory(step)) say(violation)
      return { cpuMs: 0 }
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
  const isStored = step.do === 'put' || step.do === 'put all' || step.do === 'delete'
  // Nobody waits for all answers to what is written on a connection; the next step must not pay for them.
  const goesOn = isStored || step.do === 'wire' || step.do === 'port'
  const cpuMs = (goesOn ? await calm(replica) : replica.cpuMs()) - before
  const most = (isStored ? allowed.changeMs : allowed.cpuMs) * parts(step)
  if (isTooMuch(cpuMs, most)) say(`${cpuMs} ms of CPU`)
  return { cpuMs: Math.round(cpuMs / parts(step)) }
}

/** How many things a step does, each of which has its own budget. */
function parts(step: Step): number {
  if (step.do === 'put all') return Math.max(1, step.objects.length)
  if (step.do === 'port') return timesOfAct * step.act.connections
  return step.do === 'wire' ? Math.max(1, step.answers) : 1
}

/** Asks the replica for its health all the while, as a kubelet does. */
function probe(lab: Lab, violations: string[]) {
  const over = new AbortController()
  const ended = (async () => {
    while (!over.signal.aborted) {
      const { replica } = lab
      const before = replica.mainCpuMs()
      const { ms, status } = await replica.get('/healthz')
      if (lab.replica !== replica || !replica.isAlive()) continue
      // How long it took in seconds depends on what else the machine does.
      const cpuMs = replica.mainCpuMs() - before
      if (status !== 200 || isTooMuch(cpuMs, allowed.probeMs))
        violations.push(`a probe got ${status} after ${cpuMs} ms of CPU and ${Math.round(ms)} ms`)
      await sleep(50, undefined, { signal: over.signal }).catch(() => {})
    }
  })()
  return {
    end() {
      over.abort()
      return ended
    },
  }
}
