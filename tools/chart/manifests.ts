import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** The files of deploy/ by their paths, rendered from the chart; undefined where there is no Helm to do that. */
export async function manifests(root: string): Promise<Readonly<Record<string, string>> | undefined> {
  const files: Record<string, string> = {}
  for (const { set, templates } of sources) {
    const text = await render(root, set)
    if (text === undefined) return undefined
    for (const [file, names] of Object.entries(templates)) {
      const documents = names.flatMap(name => documentsOf(text, name))
      files[`deploy/${file}`] = `# Made by tools/generate.ts from charts/pillion.\n${documents.join('---\n')}`
    }
  }
  return files
}

interface Source {
  /** Files of deploy/, and the templates that they are made of. */
  readonly templates: Readonly<Record<string, readonly string[]>>
  readonly set: string
}

const sources: readonly Source[] = [
  {
    set: 'image.tag=dev',
    templates: {
      'base/deployment.yaml': ['deployment', 'pod-disruption-budget'],
      'base/rbac.yaml': ['rbac'],
      'base/service.yaml': ['service'],
      'base/sweep.yaml': ['sweep'],
      'base/token-policy.yaml': ['token-policy'],
      'base/user-roles.yaml': ['user-roles'],
      'base/webhook.yaml': ['webhook'],
    },
  },
  { set: 'strictPolicy.enabled=true', templates: { 'policy/policy.yaml': ['strict-policy'] } },
]

async function render(root: string, set: string): Promise<string | undefined> {
  const chart = join(root, 'charts/pillion')
  const flags = ['--namespace=pillion', '--kube-version=1.34.0', '--no-hooks', `--set=${set}`]
  try {
    const { stdout } = await promisify(execFile)('helm', ['template', 'pillion', chart, ...flags])
    return stdout
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Helm says above every document which template it comes from. */
function documentsOf(text: string, template: string): readonly string[] {
  const source = `# Source: pillion/templates/${template}.yaml\n`
  return text
    .split(/^---\n/m)
    .filter(each => each.startsWith(source))
    .map(each => each.slice(source.length).replaceAll(ofHelm, ''))
}

/** What only says that Helm did it. */
const ofHelm = /^ +(app\.kubernetes\.io\/(managed-by|version)|helm\.sh\/chart): .*\n/gm
