import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from '../../tools/kind/run.ts'
import type { Kubectl } from './kubectl.ts'

/** Writes what a person would look at first into a new folder, and gives its path. */
export async function writeDiagnosis(kubectl: Kubectl): Promise<string> {
  const time = new Date().toISOString().replaceAll(':', '-')
  const folder = join(root, 'test/e2e/failure', time)
  await mkdir(folder, { recursive: true })
  await Promise.all(
    Object.entries(questions).map(async ([file, question]) => {
      const { stdout, stderr } = await kubectl.attempt(question)
      await writeFile(join(folder, file), stdout + stderr)
    }),
  )
  return folder
}

const ofThePods = ['-n=pillion', '-l=app.kubernetes.io/name=pillion', '--tail=-1', '--prefix']

const questions: Readonly<Record<string, readonly string[]>> = {
  'pods.txt': ['get', 'pods', '-A', '-o=wide'],
  'pods.yaml': ['get', 'pods', '-A', '-o=yaml'],
  'events.txt': ['get', 'events', '-A', '--sort-by=.lastTimestamp'],
  'describe-pillion.txt': ['-n=pillion', 'describe', 'deployment,replicaset,pod,service,endpointslice'],
  'webhooks.yaml': [
    'get',
    'mutatingwebhookconfiguration,validatingwebhookconfiguration',
    'pillion',
    '-o=yaml',
  ],
  'profiles.yaml': ['get', 'clustersidecarprofiles,sidecarprofiles', '-A', '-o=yaml'],
  'lease.yaml': ['-n=pillion', 'get', 'lease', '-o=yaml'],
  'pillion.log': ['logs', ...ofThePods],
  'pillion-before-restart.log': ['logs', '--previous', ...ofThePods],
  'api-server.log': ['-n=kube-system', 'logs', '-l=component=kube-apiserver', '--tail=2000'],
}
