import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Address } from '../../test/apiserver/connection.ts'

/** The namespace that a replica is installed in. */
export const installedIn = 'pillion'

/** Where the kubelet mounts it in a container. */
export const serviceAccountPath = '/var/run/secrets/kubernetes.io/serviceaccount'

/** What the kubelet mounts there for a Pod of Pillion's, in that directory. */
export async function writeServiceAccount(directory: string, { ca, token }: Address): Promise<void> {
  await mkdir(directory, { recursive: true })
  const files = { 'ca.crt': ca, token, namespace: installedIn }
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content)
}
