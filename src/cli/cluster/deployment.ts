import { type JsonObject, objectsIn } from '../../json/json.ts'
import { type Options, settings } from '../../server/options.ts'
import type { LiveInstallation } from './installation.ts'
import { present, type Seen } from './live-cluster.ts'
import { objectAt } from './objects.ts'

/** The Deployment of an installation. */
export function deploymentOf({ cluster, name, namespace }: LiveInstallation): Promise<Seen<JsonObject>> {
  return cluster.get(`/apis/apps/v1/namespaces/${namespace}/deployments/${name}`)
}

/** The spec of its Pods; empty when the Deployment cannot be read. */
export function podSpecIn(deployment: Seen<JsonObject>): JsonObject {
  return objectAt(present(deployment), 'spec', 'template', 'spec')
}

/** The image of the replicas. */
export function imageIn(deployment: Seen<JsonObject>): string | undefined {
  const [container] = objectsIn(podSpecIn(deployment)['containers'])
  return typeof container?.['image'] === 'string' ? container['image'] : undefined
}

/** The namespaces that an installation excludes: those in its Deployment, and its own. */
export async function excludedBy(installation: LiveInstallation): Promise<ReadonlySet<string>> {
  const names = settingIn(await deploymentOf(installation), 'excludedNamespaces') ?? ''
  const excluded = names.split(',').map(name => name.trim())
  return new Set([...excluded.filter(name => name !== ''), installation.namespace])
}

/** The value of a setting in a Deployment, by flag or by environment variable; the default when it sets neither. */
export function settingIn(deployment: Seen<JsonObject>, name: keyof Options): string | undefined {
  const setting = settings.find(each => each.name === name)
  if (!setting) return undefined
  for (const { args, command, env } of objectsIn(podSpecIn(deployment)['containers'])) {
    const words = [command, args].flatMap(list => (Array.isArray(list) ? list.map(String) : []))
    const at = words.findIndex(word => word === setting.flag || word.startsWith(`${setting.flag}=`))
    const written = words[at]
    if (written !== undefined)
      return written === setting.flag ? words[at + 1] : written.slice(setting.flag.length + 1)
    const value = objectsIn(env).find(each => each['name'] === setting.variable)?.['value']
    if (typeof value === 'string') return value
  }
  return setting.default
}
