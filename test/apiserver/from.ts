import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { hasMinor } from '../../src/engine/render/render.ts'
import { assets } from './assets.ts'

declare module 'vitest' {
  interface TaskMeta {
    /** The first version of Kubernetes that has what the test is about. */
    from?: string
  }
}

/**
 * Options of a test, or of a suite, about something that Kubernetes has only from a minor version on:
 * `it(name, from('1.30'), test)`. An older API server does not run it, and `npm run matrix` counts it in a column of its own.
 */
export function from(version: `1.${number}`) {
  return { meta: { from: version }, skip: !hasMinor(kubernetesVersion, Number(version.slice(2))) }
}

/** The version of the API server of the tests, as `1.34`. If there is none, the newest: no test with an API server runs. */
export const kubernetesVersion = await installed()

async function installed(): Promise<string> {
  const { missing, kubeApiserver } = await assets()
  if (missing !== undefined) return '1.99'
  const { stdout } = await promisify(execFile)(kubeApiserver, ['--version'])
  const version = /^Kubernetes v(\d+\.\d+)/.exec(stdout)?.[1]
  if (version === undefined) throw new Error(`${kubeApiserver} --version says ${JSON.stringify(stdout)}`)
  return version
}
