import { describe, expect, it } from 'vitest'
import { byName, container, injectInto, podAsking } from '../src/engine/decide.fixture.ts'
import { counting } from '../src/limits/budget.ts'
import { limits } from '../src/limits/limits.ts'
import { catalog } from './catalog-asking.ts'

/** More than a profile may declare: what a container has from the app is bounded by the limits of a Pod. */
const env = Array.from({ length: 500 }, (_, i) => ({ name: `VARIABLE_${i}`, value: `value ${i}` }))
const volumeMounts = Array.from({ length: 300 }, (_, i) => ({
  name: 'data',
  mountPath: `/data/${i}`,
  subPath: `${i}`,
}))
const spec = {
  containers: [container('app', { env, volumeMounts, securityContext: { runAsUser: 1_000 } })],
  volumes: [{ name: 'data', emptyDir: {} }],
}

describe('an app of 500 environment variables and 300 mounts', () => {
  it.each([
    { name: 'migrate', parameters: { command: '/app/migrate up' }, own: 0, mounts: volumeMounts.length },
    { name: 'init-config', parameters: { configMap: 'template' }, own: 7, mounts: 2 },
  ])('gets $name, whose init container has what it inherits', ({ name, parameters, own, mounts }) => {
    const annotations = Object.fromEntries(
      Object.entries(parameters).map(([key, value]) => [`pillion.dev/${name}.${key}`, value]),
    )
    let units = 0
    const pod = counting(
      () => injectInto(podAsking(name, spec, annotations), catalog),
      spent => {
        units = spent
      },
    )
    const added = byName(pod.spec?.initContainers, name)
    expect(added?.env?.slice(own)).toEqual(env)
    expect(added?.volumeMounts).toHaveLength(mounts)
    // So that an app of eight times as many is within the budget, too.
    expect(units).toBeLessThan(limits.reviewUnits / 8)
  })
})
