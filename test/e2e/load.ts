import { spawn } from 'node:child_process'
import { busyboxPod, initContainerNames, type LivePod } from './pod.ts'

export interface Load {
  /** Ends it: how many Pods were created, and the bodies of those that came back without what they asked for. */
  stop(): Promise<{ readonly created: number; readonly missed: readonly string[] }>
}

/** Pods that ask for a profile, created as fast as the API server answers, without any being kept (dry run). */
export async function startLoad(kubeconfig: string, namespace: string, clients: number): Promise<Load> {
  const proxy = spawn('kubectl', [`--kubeconfig=${kubeconfig}`, 'proxy', '--port=0'])
  const address = await new Promise<string>((resolve, reject) => {
    proxy.stdout
      .setEncoding('utf8')
      .once('data', (line: string) => resolve(line.trim().split(' ').at(-1) ?? ''))
    proxy.once('error', reject)
    proxy.once('exit', code => reject(new Error(`kubectl proxy ended with ${code}`)))
  })
  const missed: string[] = []
  let created = 0
  let isRunning = true
  const run = async () => {
    while (isRunning) {
      const response = await fetch(`http://${address}/api/v1/namespaces/${namespace}/pods?dryRun=All`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: busyboxPod('load', { 'pillion.dev/inject': 'log-tail' }),
      })
      const body = await response.text()
      created++
      if (response.status !== 201 || !initContainerNames(JSON.parse(body) as LivePod).includes('log-tail')) {
        missed.push(`${response.status} ${body}`)
      }
    }
  }
  const running = Array.from({ length: clients }, run)
  return {
    async stop() {
      isRunning = false
      await Promise.all(running).finally(() => proxy.kill())
      return { created, missed }
    },
  }
}
