import { type JsonObject, metadataOf, objectAt, objectsIn } from '../../json/json.ts'

/** The tool that writes an object from a source of its own, which it applies again and again. */
export interface Manager {
  /** `Argo CD`, with what it calls the owner: `the Application shop`. */
  readonly tool: string
  readonly owner?: string
}

/**
 * The tool that manages an object, by its labels, its annotations, or the field managers of its spec; undefined if a person
 * does. https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/
 * https://fluxcd.io/flux/components/kustomize/kustomizations/#inventory
 * https://helm.sh/docs/chart_best_practices/labels/
 */
export function managerOf(object: JsonObject): Manager | undefined {
  const metadata = metadataOf(object)
  const marks = { ...objectAt(metadata, 'labels'), ...objectAt(metadata, 'annotations') }
  const managers = new Set(
    objectsIn(metadata['managedFields'])
      .filter(({ fieldsV1 }) => 'f:spec' in objectAt(fieldsV1))
      .map(({ manager }) => manager),
  )
  for (const { tool, owner, marks: own, managers: names } of tools) {
    const mark = own.find(name => typeof marks[name] === 'string')
    if (mark !== undefined && isHelm(marks, tool)) return { tool, owner: owner(marks, String(marks[mark])) }
    if (names.some(name => managers.has(name))) return { tool }
  }
  return undefined
}

type Marks = JsonObject

interface Tool {
  readonly tool: string
  /** Labels and annotations that only this tool writes. */
  readonly marks: readonly string[]
  /** Names under which it writes fields. */
  readonly managers: readonly string[]
  readonly owner: (marks: Marks, value: string) => string
}

const flux = 'toolkit.fluxcd.io'

/** A HelmRelease of Flux has the marks of Helm, too: so Flux comes first. */
const tools: readonly Tool[] = [
  {
    tool: 'Argo CD',
    marks: ['argocd.argoproj.io/tracking-id', 'argocd.argoproj.io/instance'],
    managers: ['argocd-controller', 'argocd-application-controller'],
    // `my-app:pillion.dev/ClusterSidecarProfile:/logging`
    owner: (_, value) => `the Application ${value.split(':')[0]}`,
  },
  {
    tool: 'Flux',
    marks: [`kustomize.${flux}/name`, `helm.${flux}/name`],
    managers: ['kustomize-controller', 'helm-controller'],
    owner: marks => {
      const [kind, group] = marks[`kustomize.${flux}/name`]
        ? ['Kustomization', `kustomize.${flux}`]
        : ['HelmRelease', `helm.${flux}`]
      return `the ${kind} ${[marks[`${group}/namespace`], marks[`${group}/name`]].filter(Boolean).join('/')}`
    },
  },
  {
    tool: 'Helm',
    marks: ['meta.helm.sh/release-name'],
    managers: ['helm'],
    owner: (marks, value) =>
      `the release ${[marks['meta.helm.sh/release-namespace'], value].filter(Boolean).join('/')}`,
  },
]

/** The annotation stays on what a person took away from Helm. */
function isHelm(marks: Marks, tool: string): boolean {
  return tool !== 'Helm' || marks['app.kubernetes.io/managed-by'] === 'Helm'
}

/** `Argo CD (the Application shop)` */
export function describeManager({ tool, owner }: Manager): string {
  return owner === undefined ? tool : `${tool} (${owner})`
}
