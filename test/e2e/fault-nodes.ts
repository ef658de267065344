import { output } from '../../tools/kind/run.ts'
import type { FaultCluster } from './fault-cluster.ts'

const rules = ['INPUT -i eth0', 'OUTPUT -o eth0', 'FORWARD -i eth0', 'FORWARD -o eth0']

/** Drops all packets from and to a node, so that connections hang. */
export function cutOff({ inNode }: FaultCluster, node: string): Promise<string> {
  return inNode(node, rules.map(rule => `iptables -I ${rule} -j DROP`).join('\n'))
}

export function reconnect({ inNode }: FaultCluster, node: string): Promise<string> {
  return inNode(node, rules.map(rule => `iptables -D ${rule} -j DROP`).join('\n'))
}

/** Restarts a node without a warning to its Pods. */
export async function reboot({ inNode }: FaultCluster, node: string): Promise<void> {
  // What kind.ts and KIND_NETWORK have set is not there after a restart.
  const routes = await inNode(node, "ip route show | grep '^10[.]244[.].* via' || true")
  const kept = await inNode(
    node,
    `{ iptables -S FORWARD | grep -- '-j REJECT'; iptables -t nat -S POSTROUTING | grep -- '-s 10[.]244.* -d 10[.]244'; } || true`,
  )
  const again = [
    ...linesOf(routes).map(route => `ip route replace ${route}`),
    ...linesOf(kept).map(rule => {
      const table = rule.includes('POSTROUTING') ? '-t nat ' : ''
      return `iptables ${table}${rule.replace(/^-A (\S+)/, '-I $1')}`
    }),
  ]
  await output('docker', ['restart', '--time=1', node])
  await inNode(node, again.join('\n'))
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter(line => line !== '')
}
