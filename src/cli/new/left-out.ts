import { type Json, member } from '../../json/json.ts'
import type { Model } from './profile-text.ts'

/** What a profile does not have of its container, a sentence each. */
export function leftOut({ container, volumes }: Model): readonly string[] {
  const known = new Set(volumes.map(({ name }) => name))
  const mounts = (container.volumeMounts ?? []).filter(({ name }) => !known.has(name))
  const context: Json | undefined = container['securityContext']
  return [
    ...mounts.map(
      ({ name, mountPath }) =>
        `the mount of ${name} at ${mountPath} is left out: the manifest has no volume ${JSON.stringify(name)}, and a profile has no volumeClaimTemplates. Add a volume and its mount if the sidecar needs them`,
    ),
    ...(member(context, 'runAsUser') === 0
      ? [
          'runAsUser: 0 is left out, because a sidecar should not run as root. Set a user that the image can run as',
        ]
      : []),
    ...(member(context, 'runAsNonRoot') === false
      ? ['runAsNonRoot: false becomes true, because a sidecar should not run as root']
      : []),
  ]
}
