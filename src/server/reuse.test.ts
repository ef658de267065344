import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { Worker } from 'node:worker_threads'
import { describe, expect, it, onTestFinished } from 'vitest'
import { collect } from '../profile/accept/profiles.ts'
import { accepted, clusterProfile } from '../profile/profile.fixture.ts'
import { createApp } from './app.ts'
import type { RequestResult } from './review-telemetry.ts'
import { asking, issueForLoopback, reviewOf } from './server.fixture.ts'

/**
 * A caller that has read an answer and sends its next request on the same connection, while this thread is still busy with
 * something else. It has a thread of its own.
 */
describe('a connection that is used again at once', () => {
  // The size of the arguments that the profile adds. The answer is a third larger, and Node pauses at 65,536 bytes.
  it.each([1, 40_000, 47_500, 48_000, 48_500, 49_000, 60_000, 100_000])(
    'takes the next request after a profile of %d bytes, or is closed by the answer',
    async length => {
      const { cert, key, ca } = await issueForLoopback()
      const results: RequestResult[] = []
      const app = createApp({
        pair: { cert: Buffer.from(cert), key: Buffer.from(key), expiresAt: new Date() },
        context: () => ({
          profiles: profilesWith(length),
          cluster: { kubernetesVersion: '1.34', excludedNamespaces: new Set() },
          // A review that waits is answered by a timer: Node runs many timers before it looks at the network again.
          namespaceOf: name => ({
            name,
            labels: {},
            annotations: {},
            ...(results.length === 0 && { isUnknown: true }),
          }),
        }),
        nextProfiles: withinMs => new Promise(resolve => setTimeout(resolve, Math.min(20, withinMs))),
        readiness: [],
        isDraining: () => false,
        account(result) {
          if (results.push(result) === 1) process.nextTick(beBusy)
        },
      })
      onTestFinished(() => app.close())
      await app.listen({ host: '127.0.0.1', port: 0 })
      const { port } = app.server.address() as AddressInfo
      const caller = new Worker(callTwice, {
        eval: true,
        workerData: { ca, port, body: JSON.stringify(reviewOf(asking)) },
      })
      onTestFinished(async () => void (await caller.terminate()))
      const [answers] = (await once(caller, 'message')) as [readonly string[]]
      expect(results.map(result => ('refused' in result ? result.message : 'answered'))).toEqual([
        'answered',
        'answered',
      ])
      expect(answers.map(answer => answer.slice(0, 15))).toEqual(['HTTP/1.1 200 OK', 'HTTP/1.1 200 OK'])
      for (const answer of answers) {
        const bytes = Number(/^content-length: (\d+)/im.exec(answer)?.[1])
        expect(bytes).toBeGreaterThan(length)
        expect(/^connection: close/im.test(answer)).toBe(bytes >= 64_512)
      }
    },
  )
})

/** A profile that adds arguments of this size. */
function profilesWith(bytes: number) {
  const args = Array.from({ length: 10 }, () => 'x'.repeat(bytes / 10))
  const containers = [{ name: 'logging', image: 'logging:1', args }]
  return collect([accepted(clusterProfile({ containers }, 'logging'))]).profiles
}

/** Longer than the caller needs to read the answer and to send the next request. */
function beBusy(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500)
}

/** As an API server: it uses a connection again unless the answer says that it is closed, and writes a body in pieces. */
const callTwice = `
const { connect } = require('node:tls')
const { parentPort, workerData } = require('node:worker_threads')
const { ca, port, body } = workerData
const half = body.length >> 1
let socket
const open = () => connect({ host: '127.0.0.1', port, ca })
const call = () => new Promise(resolve => {
  let answer = ''
  socket ??= open()
  socket.removeAllListeners('data').removeAllListeners('close')
  const finish = () => {
    if (/^connection: close/im.test(answer)) socket = undefined
    resolve(answer)
  }
  socket.on('close', finish).on('error', () => {}).on('data', chunk => {
    answer += chunk.toString('latin1')
    const [head, rest] = answer.split('\\r\\n\\r\\n')
    if (rest !== undefined && rest.length >= Number(/content-length: (\\d+)/i.exec(head)?.[1])) finish()
  })
  socket.write('POST /mutate HTTP/1.1\\r\\nHost: pillion\\r\\nContent-Type: application/json\\r\\nContent-Length: ' + body.length + '\\r\\n\\r\\n' + body.slice(0, half))
  socket.write(body.slice(half))
})
call().then(async first => parentPort.postMessage([first, await call()]))
`
