import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createAuthority, createTokenKey } from './certificates.ts'

/**
 * Writes what the flags below name into the directory that both processes run in, and gives what a client
 * needs: the CA in PEM and the bearer token of a user in `system:masters`, whom RBAC allows everything.
 */
export async function writeConfiguration(directory: string): Promise<{ ca: string; token: string }> {
  const token = randomBytes(16).toString('hex')
  const authority = await createAuthority()
  const serving = await authority.issue()
  const files = {
    'serving.crt': serving.cert,
    'serving.key': serving.key,
    'service-account.key': createTokenKey(),
    'tokens.csv': `${token},admin,admin,system:masters\n`,
    'audit-policy.json': JSON.stringify(auditPolicy),
  }
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(directory, name), content, { mode: 0o600 })
  }
  return { ca: authority.cert, token }
}

/**
 * Sockets in the directory instead of ports that another process may take first. The `:0` is a part of their
 * names: etcd wants every address to look like host:port. No fsync: the data does not outlive a test.
 */
export const etcdFlags: readonly string[] = [
  '--data-dir=etcd',
  '--listen-client-urls=unix://etcd.sock:0',
  '--advertise-client-urls=http://localhost:2379',
  '--listen-peer-urls=unix://etcd-peer.sock:0',
  '--unsafe-no-fsync',
]

/** The flags of kube-apiserver for a port of 127.0.0.1; files are relative to the directory it runs in. */
export function apiServerFlags(port: number): readonly string[] {
  return [
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    '--tls-cert-file=serving.crt',
    '--tls-private-key-file=serving.key',
    '--etcd-servers=unix://etcd.sock:0',
    '--token-auth-file=tokens.csv',
    '--authorization-mode=RBAC',
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    '--service-account-key-file=service-account.key',
    '--service-account-signing-key-file=service-account.key',
    '--service-cluster-ip-range=10.0.0.0/24',
    '--audit-policy-file=audit-policy.json',
    `--audit-log-path=${auditLogFile}`,
  ]
}

export const auditLogFile = 'audit.log'

/** The first rule that matches counts. The API server's calls to itself would bury what a test asks about. */
const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived', 'ResponseStarted'],
  rules: [
    { level: 'None', users: ['system:apiserver'] },
    { level: 'RequestResponse', resources: [{ group: '', resources: ['pods'] }] },
    { level: 'Metadata' },
  ],
}
