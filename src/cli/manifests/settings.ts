import { annotation, type Namespace, type Strings } from '../../engine/pod.ts'
import { didYouMean, listNames } from '../../problems/nearest.ts'
import type { Profiles } from '../../profile/accept/profiles.ts'
import { parseParameter } from '../../profile/parameters.ts'
import { Failure } from '../io.ts'

/**
 * The values of `--set PROFILE.PARAMETER=VALUE`, as annotations. Ends the command when there is no such parameter, or
 * its value is not valid.
 */
export function settingsIn(
  set: readonly string[],
  profiles: Profiles,
  namespaces: readonly string[],
): Strings {
  const settings: Record<string, string> = {}
  const problems: string[] = []
  for (const text of set) {
    const [, profileName = '', parameter = '', value = ''] = /^([^.=]+)\.([^=]+)=(.*)$/s.exec(text) ?? []
    if (parameter === '') {
      problems.push(
        `--set ${JSON.stringify(text)}: must be PROFILE.PARAMETER=VALUE, for example log-tail.file=*.log`,
      )
      continue
    }
    const profile = namespaces.map(namespace => profiles.find(profileName, namespace)).find(Boolean)
    const declared = profile && Object.hasOwn(profile.parameters, parameter) && profile.parameters[parameter]
    const where = `--set ${profileName}.${parameter}`
    if (!profile) {
      const known = [...new Set(namespaces.flatMap(namespace => profiles.namesIn(namespace)))]
      problems.push(
        `${where}: there is no profile ${JSON.stringify(profileName)}${hint(profileName, known, 'there are')}`,
      )
    } else if (!declared) {
      const known = Object.keys(profile.parameters)
      problems.push(
        `${where}: profile ${profileName} has no such parameter${hint(parameter, known, 'it has')}`,
      )
    } else {
      const parsed = parseParameter(declared, value)
      if ('problem' in parsed) problems.push(`${where}: ${parsed.problem}`)
      settings[`${annotation.prefix}${profileName}.${parameter}`] = value
    }
  }
  if (problems.length > 0) throw new Failure(2, ...problems)
  return settings
}

/** The settings count where the Pod does not set a parameter itself. */
export function withSettings(namespace: Namespace, settings: Strings): Namespace {
  return { ...namespace, annotations: { ...namespace.annotations, ...settings } }
}

function hint(name: string, known: readonly string[], have: string): string {
  return didYouMean(name, known) || `; ${have} ${listNames(known)}`
}
