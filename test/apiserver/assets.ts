import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { build, goProblem } from './build.ts'
import { usualVersion } from './versions.ts'

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
  return assetsOf(usualVersion)
}

/** What an earlier run has built of a version, or what Go builds now. Throws when Go fails. */
export async function assetsOf(version: string): Promise<Assets> {
  const cache = cacheOf(version)
  const built = await programsIn(cache)
  if (built) return built
  const problem = await goProblem()
  if (problem) return { missing: howToGet(version, problem) }
  await build(cache, version)
  return (await programsIn(cache)) ?? { missing: `the build left no programs in ${cache}` }
}

function cacheOf(version: string): string {
  const caches = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
  return join(caches, 'pillion', `apiserver-${version}`)
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
