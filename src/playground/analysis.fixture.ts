import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Diagnostic, Edit, ProfileText, Question } from './protocol.ts'

const root = join(import.meta.dirname, '../..')

export const catalog: readonly ProfileText[] = globSync(join(root, 'catalog/*.yaml'))
  .sort()
  .map(path => ({ file: `catalog/${basename(path)}`, text: readFileSync(path, 'utf8') }))

export const examples: readonly string[] = globSync(join(root, 'examples/*.yaml'))
  .sort()
  .map(path => readFileSync(path, 'utf8'))

export const example = (name: string) => readFileSync(join(root, `examples/${name}.yaml`), 'utf8')

/** What the page asks about a manifest, with the catalog. */
export function asked(manifest: string, more: Partial<Question> = {}): Question {
  return { id: 7, manifest, profiles: catalog, whatIf, ...more }
}

export const whatIf = {
  kubernetesVersion: '1.34',
  namespace: 'default',
  namespaceLabels: {},
  namespaceAnnotations: {},
  isSecondCall: false,
}

/** A text after edits. */
export function edited(text: string, edits: readonly Edit[]): string {
  return edits
    .toSorted((a, b) => b.from - a.from)
    .reduce((now, { from, to, insert }) => now.slice(0, from) + insert + now.slice(to), text)
}

/** A diagnostic by what it underlines. */
export function shown(text: string, { from, to, severity, message, fixes }: Diagnostic) {
  return { underlined: text.slice(from, to), severity, message, fixes: fixes.map(({ label }) => label) }
}
