import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import packageJson from '../../package.json' with { type: 'json' }
import { hasBuildKit, image } from '../../tools/kind/image.ts'
import { output, type Ran, root, run } from '../../tools/kind/run.ts'
import type { Additions } from './audit.ts'
import { blocksBelow } from './documented.ts'
import { createCluster, deleteCluster, loadImages } from './kind.ts'
import { type Kubectl, kubectlOf } from './kubectl.ts'

export const chart = 'charts/pillion'

/** The version that the chart installs when nobody says. */
export const version = packageJson.version

/** A cluster of its own for a test of the chart. */
export interface ChartCluster {
  readonly kubeconfig: string
  readonly kubectl: Kubectl
  helm(args: readonly string[]): Promise<string>
  /** A program in the repository or another directory, with the cluster as its own. */
  attempt(command: string, args: readonly string[], input?: Attempt): Promise<Ran>
  remove(): Promise<void>
}

interface Attempt {
  readonly stdin?: string
  readonly directory?: string
}

/** With nothing in it but images. */
export async function createEmptyCluster(
  name: string,
  additions?: Additions,
  images: readonly string[] = ['busybox:1.37', 'nginx:1.29'],
): Promise<ChartCluster> {
  const cluster = await chartCluster(name)
  try {
    await createCluster(name, cluster.kubeconfig, additions)
    await loadImages(name, [image, ...images])
    return cluster
  } catch (error) {
    await cluster.remove()
    throw error
  }
}

/** As `npm run kind` leaves it, with the chart in the directory of a later version, `later`. */
export interface LivedInCluster extends ChartCluster {
  readonly name: string
  /** What `npm run kind` printed. */
  readonly said: string
  /** A directory with a chart of a later version, in which the commands of docs/helm.md upgrade. */
  readonly later: string
}

export const laterVersion = '99.0.0'

export async function createClusterByCommand(name: string): Promise<LivedInCluster> {
  const cluster = await chartCluster(name)
  try {
    const { code, stdout, stderr } = await cluster.attempt('npm', ['run', 'kind', '--', '--name', name])
    if (code !== 0) throw new Error(`npm run kind ended with ${code}\n${stdout}${stderr}`)
    const later = `${image.split(':')[0]}:${laterVersion}`
    await output('docker', ['tag', image, later])
    await loadImages(name, [later])
    return { ...cluster, name, said: stdout, later: await laterChart(cluster.directory) }
  } catch (error) {
    await cluster.remove()
    throw error
  }
}

async function chartCluster(name: string) {
  const directory = await mkdtemp(join(tmpdir(), 'pillion-chart-'))
  const kubeconfig = join(directory, 'kubeconfig')
  const environment = {
    KUBECONFIG: kubeconfig,
    HOME: directory,
    // The cluster that `kind load` means.
    KIND_CLUSTER_NAME: name,
    ...((await hasBuildKit()) ? {} : { DOCKER_BUILDKIT: '0' }),
    PATH: [join(directory, '.local/bin'), process.env['PATH']].join(delimiter),
  }
  return {
    directory,
    kubeconfig,
    kubectl: kubectlOf(kubeconfig),
    helm: (args: readonly string[]) => output('helm', args, { environment }),
    attempt: (command: string, args: readonly string[], input: Attempt = {}) =>
      run(command, args, { environment, ...input }),
    async remove() {
      await deleteCluster(name, kubeconfig)
      await rm(directory, { recursive: true })
    },
  }
}

interface Following {
  /** In place of the repository. */
  readonly directory?: string
  /** Only the blocks with this text. */
  readonly containing?: string
}

/** Runs the commands below a heading of a page; throws if one fails. */
export async function follow(
  cluster: ChartCluster,
  page: string,
  heading: string,
  { directory, containing = '' }: Following = {},
): Promise<string> {
  const blocks = (await blocksBelow(page, heading)).filter(
    ({ language, text }) => language === 'sh' && text.includes(containing),
  )
  if (blocks.length === 0) throw new Error(`${page} has no commands below "${heading}"`)
  const script = blocks.map(({ text }) => text).join('')
  const { code, stdout, stderr } = await cluster.attempt(
    'sh',
    ['-exc', script],
    directory ? { directory } : {},
  )
  if (code === 0) return stdout
  throw new Error(`${page}, "${heading}" ended with ${code}\n${stderr || stdout}`)
}

/** Nothing is released yet: the later version is the chart itself with another number. */
async function laterChart(directory: string): Promise<string> {
  await cp(join(root, chart), join(directory, chart), { recursive: true })
  await cp(join(root, 'deploy/crds'), join(directory, 'deploy/crds'), { recursive: true })
  const file = join(directory, chart, 'Chart.yaml')
  const text = await readFile(file, 'utf8')
  await writeFile(file, text.replaceAll(/^(version|appVersion): .*$/gm, `$1: ${laterVersion}`))
  return directory
}
