import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import packageJson from '../../package.json' with { type: 'json' }
import { image } from '../../tools/kind/image.ts'
import type { Additions } from './audit.ts'
import { createCluster, deleteCluster, loadImages } from './kind.ts'
import { type Kubectl, kubectlOf } from './kubectl.ts'
import { output, type Ran, root, run } from './run.ts'

export const chart = 'charts/pillion'

/** The version that the chart installs when nobody says. */
export const version = packageJson.version
export const previousVersion = '0.0.1'

/** A cluster with nothing in it but the images of two versions, which are the same. */
export interface EmptyCluster {
  readonly kubeconfig: string
  readonly kubectl: Kubectl
  helm(args: readonly string[]): Promise<string>
  /** A program in the repository, with the cluster as its own. */
  attempt(command: string, args: readonly string[], stdin?: string): Promise<Ran>
  /** A copy of the chart of the version before; its kinds lack a field. */
  readonly previousChart: string
  remove(): Promise<void>
}

export async function createEmptyCluster(name: string, additions?: Additions): Promise<EmptyCluster> {
  const directory = await mkdtemp(join(tmpdir(), 'pillion-chart-'))
  const kubeconfig = join(directory, 'kubeconfig')
  const environment = { KUBECONFIG: kubeconfig }
  const remove = async () => {
    await deleteCluster(name, kubeconfig)
    await rm(directory, { recursive: true })
  }
  const versions = [version, previousVersion].map(tag => `${image.split(':')[0]}:${tag}`)
  try {
    await createCluster(name, kubeconfig, additions)
    for (const tagged of versions) await output('docker', ['tag', image, tagged])
    await loadImages(name, [...versions, 'busybox:1.37', 'nginx:1.29'])
    return {
      kubeconfig,
      kubectl: kubectlOf(kubeconfig),
      helm: args => output('helm', args, { environment }),
      attempt: (command, args, stdin = '') => run(command, args, { environment, stdin }),
      previousChart: await copyChart(directory),
      remove,
    }
  } catch (error) {
    await remove()
    throw error
  }
}

/** Nothing is released yet: the version before is the chart itself, with an older number and older kinds. */
async function copyChart(directory: string): Promise<string> {
  const copy = join(directory, 'chart')
  await cp(join(root, chart), copy, { recursive: true })
  await edit(join(copy, 'Chart.yaml'), text =>
    text.replaceAll(/^(version|appVersion): .*$/gm, `$1: ${previousVersion}`),
  )
  await edit(join(copy, 'charts/crds/crds/sidecarprofiles.yaml'), text =>
    text.replace(/^ +shortNames:\n +- sp\n/m, ''),
  )
  return copy
}

async function edit(file: string, change: (text: string) => string): Promise<void> {
  const text = await readFile(file, 'utf8')
  const changed = change(text)
  if (changed === text) throw new Error(`there is nothing to change in ${file}`)
  await writeFile(file, changed)
}
