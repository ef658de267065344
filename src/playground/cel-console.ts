import { appContainers, scopeOf } from '../engine/render/render.ts'
import { resolve } from '../engine/resolve/resolve.ts'
import type { Json } from '../json/json.ts'
import { limits } from '../limits/limits.ts'
import type { Profile } from '../profile/profile.ts'
import { compiler } from '../template/cel/cel.ts'
import type { DecidedPod } from './decide-all.ts'

type Evaluated = { readonly value: string } | { readonly problem: string }

/** What a CEL expression gives on the Pods of a workload, with the parameters that they set of a profile. */
export function evaluateOn({ subject }: DecidedPod, profile: Profile | undefined, source: string): Evaluated {
  if (source.length > limits.expressionLength)
    return {
      problem: `the expression has ${source.length} characters; the limit is ${limits.expressionLength}`,
    }
  if (source.trim() === '') return { problem: 'write an expression, for example pod.metadata.labels' }
  const compiled = compiler(profile?.parameters ?? {}, ['pod', 'namespaceObject', 'app', 'container'])(source)
  if ('error' in compiled) return { problem: compiled.error }
  const app = appContainers(subject.pod, new Set())
  const params = profile ? resolve(profile, subject).params : {}
  const scope = scopeOf({ profile: profile ?? withoutSelection, params }, subject, app)
  const result = compiled.evaluate({ ...scope, container: scope.app })
  if ('error' in result) return { problem: result.error }
  return { value: result.value === undefined ? 'absent (optional.none())' : shown(result.value) }
}

const withoutSelection = { appContainers: [] }

function shown(value: Json): string {
  const text = JSON.stringify(value, null, 2)
  return text.length > longest ? `${text.slice(0, longest)}…` : text
}

// More than anybody reads.
const longest = 20_000
