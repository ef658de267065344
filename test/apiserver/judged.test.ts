import { describe, expect, it } from 'vitest'
import { podOf } from '../../src/engine/decide.fixture.ts'
import { type Judged, judged } from '../../src/engine/limits/judged.fixture.ts'
import type { Container, Named, Pod } from '../../src/engine/pod.ts'
import { hasMinor } from '../../src/engine/render/render.ts'
import type { JsonObject } from '../../src/json/json.ts'
import { from, kubernetesVersion } from './from.ts'
import { describeWithApiServer } from './suite.ts'
import { judgesUpdates } from './updates.ts'

describeWithApiServer('A conflict that Pillion finds first', server => {
  const statusOf = async (pod: Pod) => {
    const object = { apiVersion: 'v1', kind: 'Pod', ...pod }
    return (await server().request('POST', '/api/v1/namespaces/default/pods?dryRun=All', object)).status
  }

  it.each(judged)('is one for a real API server: $what', async ({ pod, profile, since = 0, ...more }) => {
    const isTaken = more.isTaken === true || !hasMinor(kubernetesVersion, since)
    expect(await statusOf(podOf(pod))).toBe(201)
    expect(await statusOf(together(pod, profile))).toBe(isTaken ? 201 : 422)
  })

  it('over the size of the annotations is one for a real API server', async () => {
    const podOfSize = (bytes: number) => podOf({}, { annotations: { a: 'x'.repeat(bytes) } })
    expect(await statusOf(podOfSize(262_143))).toBe(201)
    expect(await statusOf(podOfSize(262_144))).toBe(422)
  })

  describe('in an update of a Pod that runs', from('1.33'), () => judgesUpdates(server))
})

/** The Pod with everything of the profile in it, as if there were no conflicts. */
function together(pod: JsonObject, profile: Judged['profile']): Pod {
  const { parameters = {}, ...templates } = profile as { parameters?: Record<string, { default: string }> }
  const text = Object.entries(parameters).reduce(
    (rendered, [name, { default: value }]) => rendered.replaceAll(`$(params.${name})`, value),
    JSON.stringify(templates),
  )
  const given: {
    readonly lifecycle?: string
    readonly containers?: Container[]
    readonly initContainers?: Container[]
    readonly volumes?: Named[]
    readonly appContainers?: { readonly volumeMounts: JsonObject[] }[]
  } = JSON.parse(text)
  const { containers = [], initContainers = [], volumes = [], ...rest } = podOf(pod).spec ?? {}
  const isRegular = given.lifecycle === 'regular'
  const sidecars = given.containers ?? []
  const mounts = (given.appContainers ?? []).flatMap(({ volumeMounts }) => volumeMounts)
  return podOf({
    ...rest,
    containers: [
      ...containers.map(each => ({ ...each, volumeMounts: [...(each.volumeMounts ?? []), ...mounts] })),
      ...(isRegular ? sidecars : []),
    ],
    initContainers: [
      ...(isRegular ? [] : sidecars.map(each => ({ ...each, restartPolicy: 'Always' }))),
      ...(given.initContainers ?? []),
      ...initContainers,
    ],
    volumes: [...volumes, ...(given.volumes ?? [])],
  } as JsonObject)
}
