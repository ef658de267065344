import { join } from 'node:path'
import jsonPatch from 'fast-json-patch'
import { admittedPod } from './pod.ts'
import { pods, reviewOf, textOf } from './reviews.ts'

/**
 * Measures the engine of one checkout: `node bench/engine-process.ts ROOT` prints microseconds by case, as JSON. A
 * process measures one checkout alone, because two copies of the code in one process would share the optimizer.
 */
const [, , root = ''] = process.argv
const source = (file: string) => import(join(root, 'src', file))
const { review }: typeof import('../src/admission/review.ts') = await source('admission/review.ts')
const directory: typeof import('../src/server/profile-directory.ts') = await source(
  'server/profile-directory.ts',
)
const reviewing: Parameters<typeof review>[1] = {
  profiles: (await directory.readProfiles(join(root, 'catalog'))).profiles,
  cluster: { kubernetesVersion: '1.34', excludedNamespaces: new Set(['kube-system']) },
  namespaceOf: name => ({ name, labels: {}, annotations: {} }),
}

/** From the parsed review to the answer as an object. */
function answerTo(text: string, outcome = 'injected'): () => unknown {
  const body: unknown = JSON.parse(text)
  const reviewed = review(body, reviewing)
  if (!('decision' in reviewed) || reviewed.decision.outcome !== outcome)
    throw new Error(JSON.stringify(reviewed))
  return () => review(body, reviewing)
}

/** The review of the same Pod after its injection, which `reinvocationPolicy: IfNeeded` causes. */
function secondReview(): string {
  const pod = admittedPod(pods['5 KB'])
  const reviewed = review(JSON.parse(textOf(pod)), reviewing)
  const patch = 'response' in reviewed ? (reviewed.response.response.patch ?? '') : ''
  const operations = JSON.parse(Buffer.from(patch, 'base64').toString())
  return textOf(jsonPatch.applyPatch(pod, operations).newDocument)
}

/** From the bytes of a request to the text of its answer, which is what a replica does besides HTTP and TLS. */
function textToText(text: string): () => unknown {
  const bytes = Buffer.from(text)
  return () => {
    const reviewed = review(JSON.parse(bytes.toString()), reviewing)
    return 'response' in reviewed && JSON.stringify(reviewed.response)
  }
}

const small = pods['5 KB']
const cases: Readonly<Record<string, () => unknown>> = {
  '5 KB': answerTo(reviewOf(small)),
  '5 KB, second call': answerTo(secondReview(), 'unchanged'),
  '5 KB, five profiles': answerTo(reviewOf(pods['5 KB, five profiles'])),
  '50 KB': answerTo(reviewOf(pods['50 KB'])),
  '5 KB, text to text': textToText(reviewOf(small)),
  '5 KB, five profiles, text to text': textToText(reviewOf(pods['5 KB, five profiles'])),
  '50 KB, text to text': textToText(reviewOf(pods['50 KB'])),
  '50 app containers': answerTo(reviewOf({ ...small, containers: 50 })),
  '250 app containers': answerTo(reviewOf({ ...small, containers: 250 })),
  '1,000 environment variables': answerTo(reviewOf({ ...small, env: 1_000 })),
  '5,000 environment variables': answerTo(reviewOf({ ...small, env: 5_000 })),
}

/** Keeps the last result, so that the optimizer cannot drop the call. */
const kept: { result?: unknown } = {}

/** Microseconds of CPU of this thread, garbage collection included. The kernel counts it in steps of milliseconds. */
function cpu(): number {
  const { user, system } = process.threadCpuUsage()
  return user + system
}

/**
 * The CPU of one call. The warm-up is counted in CPU as well: on a busy machine a time would end before the optimizer
 * does. The sample takes as many calls as the warm-up did.
 */
function measured(step: () => unknown): number {
  let calls = 0
  for (const end = cpu() + 400_000; calls % 16 > 0 || cpu() < end; calls++) kept.result = step()
  const before = cpu()
  for (let call = 0; call < calls; call++) kept.result = step()
  return (cpu() - before) / calls
}

const result = Object.fromEntries(Object.entries(cases).map(([name, step]) => [name, measured(step)]))
process.stdout.write(JSON.stringify(result))
