import { execFile, spawn } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'
import type { JsonObject } from '../../src/json/json.ts'
import { describeUnless } from '../not-run.ts'

export const root = join(import.meta.dirname, '../..')
export const chart = 'charts/pillion'

/** A rendered object; a hook has its kinds in the annotation `helm.sh/hook`. */
export type Manifest = JsonObject & {
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
}

export interface Rendering {
  /** YAML of the values, and files of values before them. */
  readonly values?: string
  readonly files?: readonly string[]
  readonly release?: string
  readonly namespace?: string
  readonly kubeVersion?: string
}

/** What Helm says to a command, with the text on its stdin. */
export function helm(
  args: readonly string[],
  stdin = '',
): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('helm', args, { cwd: root })
    const said = { stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        said[stream] += text
      })
    }
    child.on('error', reject)
    child.on('close', code => resolve({ code: code ?? 1, out: said.stdout, err: said.stderr }))
    child.stdin.on('error', () => {})
    child.stdin.end(stdin)
  })
}

/** The objects that the chart makes of values, hooks among them; throws with what Helm has against them. */
export async function render(rendering: Rendering = {}): Promise<readonly Manifest[]> {
  const { code, out, err } = await template(rendering)
  if (code !== 0) throw new Error(err)
  return parseAllDocuments(out)
    .map(document => document.toJS() as Manifest | null)
    .filter(object => object !== null)
    .flatMap(itemsOf)
}

/** The objects of a List, each with the annotations of the List, by which they are one hook; else the object. */
function itemsOf(object: Manifest): readonly Manifest[] {
  if (object.kind !== 'List') return [object]
  const { annotations } = object.metadata
  return (object['items'] as unknown as readonly Manifest[]).map(item => ({
    ...item,
    metadata: { ...item.metadata, ...(annotations && { annotations }) },
  }))
}

/** Why Helm refuses the values; undefined when it does not. */
export async function refusal(rendering: Rendering): Promise<string | undefined> {
  const { code, err } = await template(rendering)
  return code === 0 ? undefined : err
}

function template({ values = '', files = [], ...rest }: Rendering) {
  const { release = 'pillion', namespace = 'pillion', kubeVersion = '1.34.0' } = rest
  const given = [...files.map(file => `--values=${file}`), '--values=-']
  const args = ['template', release, chart, `--namespace=${namespace}`, `--kube-version=${kubeVersion}`]
  return helm([...args, ...given], values)
}

/** The one object of a kind, with a name if it is given. */
export function only(manifests: readonly Manifest[], kind: string, name?: string): Manifest {
  const found = manifests.filter(
    each => each.kind === kind && (name === undefined || each.metadata.name === name),
  )
  const [manifest] = found
  if (!manifest || found.length > 1) throw new Error(`${found.length} objects of kind ${kind}`)
  return manifest
}

export const isHook = ({ metadata }: Manifest) => metadata.annotations?.['helm.sh/hook'] !== undefined

/** `describe` where there is Helm. */
export function describeWithHelm(name: string, body: () => void): void {
  describeUnless(missing, name, body)
}

const missing = await promisify(execFile)('helm', ['version', '--short']).then(
  () => undefined,
  () => 'there is no helm; see https://helm.sh/docs/intro/install/',
)
