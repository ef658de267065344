import { createAnalysis } from './analysis.ts'
import { type Call, type Reply, replyTo } from './calls.ts'

// The worker of the page: each message is a call of a function of the analysis, and gets one reply.

/** What a worker has of `DedicatedWorkerGlobalScope`. */
interface Scope {
  onmessage: ((event: { readonly data: Call }) => void) | null
  postMessage(reply: Reply): void
}

const analysis = createAnalysis()
const scope = globalThis as unknown as Scope

scope.onmessage = ({ data }) => scope.postMessage(replyTo(analysis, data))
