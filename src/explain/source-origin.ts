import type { ResolvedParameter } from '../engine/decision.ts'
import type { RenderedProfile } from '../engine/render/render.ts'
import type { Json } from '../json/json.ts'
import { pointerTo } from '../json/pointer.ts'
import type { Expression } from '../template/cel/cel.ts'
import type { Source } from '../template/trace.ts'
import type { ProfileOrigin, Rule } from './origin.ts'

/** Makes the origins of values that a profile gave. Values of one source share an origin. */
export function originMaker({
  profile,
  parameters,
}: Pick<RenderedProfile, 'profile' | 'parameters'>): (source: Source, rule?: Rule) => ProfileOrigin {
  const known = new Map<Source, ProfileOrigin>()
  return (source, rule) => {
    const before = rule === undefined ? known.get(source) : undefined
    if (before) return before
    const { path, expressions, conditions, scope, isOurs } = source
    // The last two steps lead to the inherited list, and to an item in it.
    const pointer = pointerTo(isOurs ? [...path.slice(0, 3), 'inherit'] : path)
    const made: ProfileOrigin = {
      profile: profile.name,
      revision: profile.revision,
      pointer,
      expressions: isOurs
        ? []
        : expressions.flatMap(expression => {
            const result = expression.evaluate(scope)
            const value = 'value' in result ? (result.value ?? null) : null
            return [{ source: expression.source, value: value as Json }]
          }),
      conditions: conditions.map(({ source }) => source),
      parameters: readBy([...(isOurs ? [] : expressions), ...conditions], parameters),
      ...(rule !== undefined ? { rule } : isOurs && { rule: 'inherited' }),
    }
    if (rule === undefined) known.set(source, made)
    return made
  }
}

/** The parameters that expressions name. */
function readBy(
  expressions: readonly Expression[],
  parameters: readonly ResolvedParameter[],
): readonly ResolvedParameter[] {
  const names = new Set(expressions.flatMap(({ source }) => parametersIn(source)))
  return parameters.filter(({ name }) => names.has(name))
}

function parametersIn(source: string): readonly string[] {
  const dense = source.replaceAll(/\s/g, '')
  return Array.from(dense.matchAll(/\bparams(?:\.\??|\[\??["'])(\w+)/g), ([, name = '']) => name)
}
