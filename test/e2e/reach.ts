import { image } from '../../tools/kind/image.ts'
import type { Kubectl } from './kubectl.ts'

/** A Pod with Node in it. */
export interface Caller {
  readonly namespace: string
  readonly pod: string
}

/** A Pod on a node, as JSON for kubectl, that answers on port 8080 and can be told to call others. */
export function callerPod({ namespace, pod }: Caller, nodeName: string): string {
  const serve = "require('node:http').createServer((_, answer) => answer.end('here')).listen(8080)"
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: pod, namespace },
    spec: {
      nodeName,
      containers: [{ name: 'caller', image, command: [node, '-e', serve] }],
      terminationGracePeriodSeconds: 0,
    },
  })
}

/** Those of the addresses, `host:port`, to which the Pod can open a connection. */
export async function reached(
  kubectl: Kubectl,
  { namespace, pod }: Caller,
  addresses: readonly string[],
): Promise<readonly string[]> {
  return JSON.parse(await inPod(kubectl, { namespace, pod }, connect, addresses)) as readonly string[]
}

/** What the Pod gets from an address. */
export function fetched(kubectl: Kubectl, caller: Caller, url: string): Promise<string> {
  return inPod(kubectl, caller, 'fetch(process.argv[1]).then(r => r.text()).then(t => console.log(t))', [url])
}

function inPod(kubectl: Kubectl, { namespace, pod }: Caller, script: string, args: readonly string[]) {
  return kubectl([`--namespace=${namespace}`, 'exec', pod, '--', node, '-e', script, ...args])
}

const node = '/nodejs/bin/node'

/** A network that drops what a policy does not allow lets the caller wait. */
const timeoutMs = 4_000

const connect = `
const opened = address => new Promise(resolve => {
  const [host, port] = address.split(':')
  const socket = require('node:net').connect({ host, port })
  const end = isOpen => { socket.destroy(); resolve(isOpen) }
  socket.setTimeout(${timeoutMs}, () => end(false)).on('connect', () => end(true)).on('error', () => end(false))
})
const addresses = process.argv.slice(1)
Promise.all(addresses.map(opened)).then(open => console.log(JSON.stringify(addresses.filter((_, i) => open[i]))))
`
