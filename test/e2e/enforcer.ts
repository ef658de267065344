import { join } from 'node:path'
import { output } from '../../tools/kind/run.ts'
import { until } from '../apiserver/until.ts'
import { goProgram } from '../go-program.ts'
import { nodesOf } from './kind.ts'

const queue = 100
const program = await goProgram(
  join(import.meta.dirname, '../network-policy/build'),
  'network-policy',
  'enforce NetworkPolicies with',
)

/**
 * Enforces the NetworkPolicies of a cluster whose network does not do that: with the program that the SIG Network keeps for
 * this, kube-network-policies, on each node. Throws if it cannot be built.
 */
export async function enforcePolicies(cluster: string): Promise<void> {
  if (program.problem) throw new Error(program.problem)
  const [file, kubeconfig, nodes] = await Promise.all([
    program.built(),
    output('kind', ['get', 'kubeconfig', '--internal', `--name=${cluster}`]),
    nodesOf(cluster),
  ])
  await Promise.all(nodes.map(node => enforceOn(node, file, kubeconfig)))
}

async function enforceOn(node: string, file: string, kubeconfig: string): Promise<void> {
  const inNode = (script: string, stdin = '') =>
    output('docker', ['exec', '-i', node, 'sh', '-ec', script], { stdin })
  await output('docker', ['cp', file, `${node}:/usr/local/bin/network-policy`])
  await inNode('umask 077; cat > /etc/network-policy.conf', kubeconfig)
  const start = `exec network-policy --kubeconfig=/etc/network-policy.conf --node=${node} --queue=${queue}`
  await output('docker', [
    'exec',
    '--detach',
    node,
    'sh',
    '-c',
    `${start} > /var/log/network-policy.log 2>&1`,
  ])
  await until(`the program on ${node} reads the queue`, 30_000, async () => {
    const queues = await inNode('cat /proc/net/netfilter/nfnetlink_queue')
    return new RegExp(`^ *${queue} `, 'm').test(queues)
  })
  await inNode(rules)
}

/**
 * The program decides about the first packet of each connection: after the address of a Service became that of a Pod, and
 * before the address of the Pod becomes that of the node. What comes from the node itself is always allowed, the probes of
 * the kubelet for example: https://kubernetes.io/docs/concepts/services-networking/network-policies/
 */
const rules = `
iptables -t mangle -N POLICIES
iptables -t mangle -A POLICIES -m addrtype --src-type LOCAL -j RETURN
iptables -t mangle -A POLICIES -m conntrack --ctstate ESTABLISHED,RELATED -j RETURN
iptables -t mangle -A POLICIES -j NFQUEUE --queue-num ${queue}
iptables -t mangle -A POSTROUTING -j POLICIES
`
