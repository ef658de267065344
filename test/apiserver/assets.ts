import { constants } from 'node:fs'
import { access, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { build, goProblem, moduleFile } from './build.ts'

/** Two programs to start, or in one line why there are none and how to get them. */
type Assets =
  | { readonly etcd: string; readonly kubeApiserver: string; readonly missing?: undefined }
  | { readonly missing: string; readonly etcd?: undefined; readonly kubeApiserver?: undefined }

/**
 * The first of these that there is: `KUBEBUILDER_ASSETS`, what an earlier run has built, what Go builds now
 * (minutes, once a machine and version; progress on stderr). A `KUBEBUILDER_ASSETS` without the programs is a
 * mistake to be told, not to be made up for. Throws when Go fails.
 */
export async function assets(): Promise<Assets> {
  const given = process.env['KUBEBUILDER_ASSETS']
  if (given) {
    return (
      (await programsIn(given)) ?? { missing: `KUBEBUILDER_ASSETS=${given} has no etcd or no kube-apiserver` }
    )
  }
  const version = await pinnedVersion()
  const cache = join(
    process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'),
    'pillion',
    `apiserver-${version}`,
  )
  const built = await programsIn(cache)
  if (built) return built
  const problem = await goProblem()
  if (problem) return { missing: howToGet(version, problem) }
  await build(cache, version)
  return (await programsIn(cache)) ?? { missing: `the build left no programs in ${cache}` }
}

/** `v1.34.4`, from the go.mod, which is the one place that says it. */
export async function pinnedVersion(): Promise<string> {
  const version = /^\tk8s\.io\/kubernetes (v\S+)$/m.exec(await readFile(moduleFile, 'utf8'))?.[1]
  if (!version) throw new Error(`${moduleFile.pathname} requires no k8s.io/kubernetes`)
  return version
}

async function programsIn(directory: string): Promise<Assets | undefined> {
  const found = { etcd: join(directory, 'etcd'), kubeApiserver: join(directory, 'kube-apiserver') }
  try {
    await access(found.etcd, constants.X_OK)
    await access(found.kubeApiserver, constants.X_OK)
    return found
  } catch {
    return undefined
  }
}

/** setup-envtest: https://book.kubebuilder.io/reference/envtest */
function howToGet(version: string, problem: string): string {
  const minor = version.replace(/^v(\d+\.\d+)\..*/, '$1')
  return `no kube-apiserver to test against: ${problem}; install Go 1.24 or newer, or run \
export KUBEBUILDER_ASSETS="$(setup-envtest use ${minor} -p path)" (https://book.kubebuilder.io/reference/envtest)`
}
