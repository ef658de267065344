import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../tools/kind/run.ts'

/** The Pod that asks for a profile in an example, and all that stands there beside it, as YAML. */
export function example(profile: string): { readonly pod: string; readonly others: string } {
  const text = readFileSync(join(root, `examples/${profile}.yaml`), 'utf8')
  const [pod = '', ...others] = text.split('\n---\n')
  return { pod, others: others.join('\n---\n') }
}
