import { decide } from '../../engine/decide.ts'
import type { Cluster, Decision } from '../../engine/decision.ts'
import { describe } from '../../problems/problem.ts'
import type { Profiles } from '../../profile/accept/profiles.ts'
import { settings } from '../../server/options.ts'
import { catalogDirectory, readProfiles } from '../../server/profile-directory.ts'
import type { ExitCode, Io } from '../io.ts'
import type { DecisionFlags } from '../options.ts'
import type { Manifest, ManifestDocument } from '../yaml/manifest.ts'
import { namespacesIn } from './namespaces.ts'
import { podsIn } from './pods.ts'
import { readManifests, type Unread } from './read.ts'
import type { Workload } from './workload.ts'

/** A workload of a manifest, with the decision about its Pods. */
export interface Decided {
  readonly document: ManifestDocument
  readonly workload: Workload
  /** From the manifest; the one of the flags when the manifest names none. */
  readonly namespace: string
  readonly decision: Decision
}

export interface DecidedManifests {
  readonly manifests: readonly Manifest[]
  readonly decided: readonly Decided[]
  readonly profiles: Profiles
}

/** Decides about each workload of the manifests that the flags name, like the webhook. */
export async function decideManifests(flags: DecisionFlags, io: Io): Promise<DecidedManifests | Unread> {
  const [read, spaces, loaded] = [
    await readManifests(flags.filename, io),
    await readManifests(flags.namespaceManifest, io),
    await loadProfiles(flags.profiles),
  ]
  const unread = [read, spaces, loaded].flatMap(part => ('problems' in part ? [part] : []))
  if ('problems' in read || 'problems' in spaces || 'problems' in loaded) return together(unread)

  const pods = podsIn(read.manifests)
  if ('problems' in pods) return pods
  const namespaceOf = namespacesIn([...read.manifests, ...spaces.manifests])
  const cluster: Cluster = { kubernetesVersion: flags.kubernetesVersion, excludedNamespaces }
  const decided = pods.map(({ pod, ...found }): Decided => {
    const namespace = found.workload.namespace ?? flags.namespace
    const subject = {
      pod,
      namespace: namespaceOf(namespace),
      operation: 'CREATE',
      ...(flags.with !== undefined && { requested: flags.with }),
    } as const
    return { ...found, namespace, decision: decide(subject, loaded.profiles, cluster) }
  })
  return { manifests: read.manifests, decided, profiles: loaded.profiles }
}

/** The default of the server. */
export const excludedNamespaces: ReadonlySet<string> = new Set(
  settings.find(({ name }) => name === 'excludedNamespaces')?.default?.split(','),
)

/** The profiles of a directory. A problem in one of them fails the command: it must not decide with only the others. */
export async function loadProfiles(
  directory: string = catalogDirectory(),
): Promise<{ readonly profiles: Profiles } | Unread> {
  const { profiles, problems } = await readProfiles(directory)
  return problems.length > 0
    ? { problems: problems.map(describe), unusable: profiles.all.length === 0 }
    : { profiles }
}

/** Prints the problems, and returns the exit code. */
export function complain({ problems, unusable }: Unread, io: Io): ExitCode {
  for (const problem of problems) io.err(`${problem}\n`)
  return unusable ? 2 : 1
}

/** The position of a workload, for messages: `deploy.yaml:12: Deployment/web`. */
export function placeOf({ document, workload }: Pick<Decided, 'document' | 'workload'>): string {
  const { file, line } = document.problemAt(workload.path, '')
  return `${file}:${line}: ${workload.kind}/${workload.name}`
}

function together(unread: readonly Unread[]): Unread {
  return {
    problems: unread.flatMap(({ problems }) => problems),
    unusable: unread.some(({ unusable }) => unusable),
  }
}
