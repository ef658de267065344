import { type JsonObject, objectAt } from '../../../src/json/json.ts'
import { imageOf } from './nodes.ts'
import type { Change } from './story.ts'

/** The spec of the profile after an edit; what is not edited stays. */
export function edited(spec: JsonObject, change: Change, number: number): JsonObject {
  const { image = imageOf(0, 'ready'), label = 'l0', cpu = '10m', variable = 'v0' } = partsOf(spec)
  const next = {
    image: 'fate' in change ? imageOf(number, change.fate) : image,
    label: 'label' in change ? change.label : label,
    cpu: 'cpu' in change ? change.cpu : cpu,
    variable: 'variable' in change ? change.variable : variable,
  }
  const { rollout } = spec
  return {
    containers: [
      {
        name: 'agent',
        image: next.image,
        env: [{ name: 'V', value: next.variable }],
        resources: { requests: { cpu: next.cpu } },
      },
    ],
    pod: { labels: { 'example.com/of-agent': next.label } },
    ...(rollout !== undefined && { rollout }),
  } as JsonObject
}

export function partsOf({ containers, pod }: JsonObject) {
  const [agent] = Array.isArray(containers) ? (containers as JsonObject[]) : []
  if (!agent) return {}
  const [{ value: variable = '' } = {}] = agent['env'] as JsonObject[]
  return {
    image: String(agent['image']),
    variable,
    cpu: objectAt(agent, 'resources', 'requests')['cpu'] ?? '',
    label: objectAt({ pod: pod ?? {} }, 'pod', 'labels')['example.com/of-agent'] ?? '',
  }
}

/** The image of the sidecar. */
export function imageIn(spec: JsonObject | undefined): string | undefined {
  return spec && partsOf(spec).image
}
