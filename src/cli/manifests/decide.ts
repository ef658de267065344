import { decide } from '../../engine/decide.ts'
import type { Decision } from '../../engine/decision.ts'
import { describe } from '../../problems/problem.ts'
import type { Profiles } from '../../profile/accept/profiles.ts'
import { settings } from '../../server/options.ts'
import { catalogDirectory, readProfiles } from '../../server/profile-directory.ts'
import { allOf, Failure, type Io } from '../io.ts'
import type { Manifest, ManifestDocument } from '../yaml/manifest.ts'
import { namespacesIn } from './namespaces.ts'
import { podsIn } from './pods.ts'
import { readManifests } from './read.ts'
import type { Workload } from './workload.ts'

/** A workload of a manifest, with the decision about its Pods. */
interface Decided {
  readonly document: ManifestDocument
  readonly workload: Workload
  /** From the manifest; by default that of the flags. */
  readonly namespace: string
  readonly decision: Decision
}

interface DecidedManifests {
  readonly manifests: readonly Manifest[]
  readonly decided: readonly Decided[]
  readonly profiles: Profiles
}

/** The flags of commands that decide about Pods like the webhook. */
export interface DecisionFlags {
  readonly filename: readonly string[]
  readonly with?: string
  readonly profiles?: string
  readonly namespaceManifest?: readonly string[]
  readonly namespace?: string
  readonly kubernetesVersion?: string
}

/** Decides about each workload of the manifests that the flags name, like the webhook. */
export async function decideManifests(flags: DecisionFlags, io: Io): Promise<DecidedManifests> {
  const [manifests, others, profiles] = await allOf([
    readManifests(flags.filename, io),
    readManifests(flags.namespaceManifest ?? [], io),
    loadProfiles(flags.profiles),
  ])
  const namespaceOf = namespacesIn([...manifests, ...others])
  const { kubernetesVersion = testedKubernetes } = flags
  const decided = podsIn(manifests).map(({ pod, ...found }): Decided => {
    const namespace = found.workload.namespace ?? flags.namespace ?? 'default'
    const subject = {
      pod,
      namespace: namespaceOf(namespace),
      operation: 'CREATE',
      ...(flags.with !== undefined && { requested: flags.with }),
    } as const
    return {
      ...found,
      namespace,
      decision: decide(subject, profiles, { kubernetesVersion, excludedNamespaces }),
    }
  })
  return { manifests, decided, profiles }
}

/** The version of Kubernetes when none is known. */
export const testedKubernetes = '1.34'

/** The default of the server. */
export const excludedNamespaces: ReadonlySet<string> = new Set(
  settings.find(({ name }) => name === 'excludedNamespaces')?.default?.split(','),
)

/** The profiles of a directory. A problem in one of them ends the command: it must not decide with only the others. */
export async function loadProfiles(directory: string = catalogDirectory()): Promise<Profiles> {
  const { profiles, problems } = await readProfiles(directory)
  if (problems.length > 0) throw new Failure(profiles.all.length === 0 ? 2 : 1, ...problems.map(describe))
  return profiles
}

/** The position of a workload, for messages: `deploy.yaml:12: Deployment/web`. */
export function placeOf({ document, workload }: Pick<Decided, 'document' | 'workload'>): string {
  const { file, line } = document.problemAt(workload.path, '')
  return `${file}:${line}: ${workload.kind}/${workload.name}`
}
