import { startApiProxy } from './api-proxy.ts'
import { busyboxPod, initContainerNames, type LivePod } from './pod.ts'

export interface Load {
  /** Ends it. */
  stop(): Promise<Loaded>
}

export interface Loaded {
  /** How many Pods were created. */
  readonly created: number
  /** The bodies of those that came back without what they asked for. */
  readonly missed: readonly string[]
  /** How long each creation took, sorted. */
  readonly tookMs: readonly number[]
}

/** Pods that ask for a profile, created as fast as the API server answers, without any being kept (dry run). */
export async function startLoad(kubeconfig: string, namespace: string, clients: number): Promise<Load> {
  const proxy = await startApiProxy(kubeconfig)
  const path = `/api/v1/namespaces/${namespace}/pods?dryRun=All`
  const pod = busyboxPod('load', { 'pillion.dev/inject': 'log-tail' })
  const missed: string[] = []
  const tookMs: number[] = []
  let created = 0
  let isRunning = true
  const run = async () => {
    while (isRunning) {
      const start = performance.now()
      const { status, text } = await proxy.request('POST', path, pod)
      created++
      tookMs.push(performance.now() - start)
      if (status !== 201 || !initContainerNames(JSON.parse(text) as LivePod).includes('log-tail')) {
        missed.push(`${status} ${text}`)
      }
    }
  }
  const running = Array.from({ length: clients }, run)
  return {
    async stop() {
      isRunning = false
      await Promise.all(running).finally(() => proxy.stop())
      return { created, missed, tookMs: tookMs.sort((a, b) => a - b) }
    },
  }
}
