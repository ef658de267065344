import { annotation } from '../engine/pod.ts'
import type { FoundPod, MisshapenPod } from '../manifest/pods.ts'
import { accepts, parseParameter } from '../profile/parameters.ts'
import type { Parameter } from '../profile/schema/schema.ts'
import type { ProfileFiles } from './profile-files.ts'
import type { FormAnswer, FormField } from './protocol.ts'

/** What the form shows besides the parameters: the profiles there are, and the annotations as they are written. */
export function formOf(
  found: FoundPod | MisshapenPod | undefined,
  { profiles, fileOf }: ProfileFiles,
  otherwise: string,
): FormAnswer {
  const namespace = found?.workload.namespace ?? otherwise
  const known = profiles.allIn(namespace)
  const offered = known.map(({ name, description = '' }) => {
    const file = fileOf(name, namespace)?.file ?? ''
    return { file, name, description }
  })
  if (!found || !('pod' in found)) return { offered, written: {}, fields: {} }
  const written = found.pod.metadata?.annotations ?? {}
  const ours = Object.entries(written).filter(([key]) => key.startsWith(annotation.prefix))
  const fields = known.flatMap(({ name, parameters }) =>
    Object.entries(parameters).map(([parameter, declared]): [string, FormField] => {
      const key = `${annotation.prefix}${name}.${parameter}`
      const text = Object.hasOwn(written, key) ? written[key] : undefined
      const parsed = text === undefined ? undefined : parseParameter(declared, text)
      return [
        key,
        {
          accepts: acceptsText(declared),
          ...(parsed && 'problem' in parsed && { problem: parsed.problem }),
        },
      ]
    }),
  )
  return { offered, written: Object.fromEntries(ours), fields: Object.fromEntries(fields) }
}

/** A regular expression says little to people, and that a value is text says nothing. */
function acceptsText({ pattern: _, ...declared }: Parameter): string {
  const isPlain = !declared.enum && (declared.type === 'string' || declared.type === 'boolean')
  return isPlain ? '' : accepts(declared)
}
