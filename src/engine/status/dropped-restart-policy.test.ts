import { describe, expect, it } from 'vitest'
import { container, decideOn, injectInto, podAsking, profilesOf } from '../decide.fixture.ts'
import type { Container, Pod } from '../pod.ts'

/** As a webhook leaves it that knows a Pod of 2022. */
function dropped({ spec = {}, ...pod }: Pod): Pod {
  const initContainers = spec.initContainers?.map(({ restartPolicy: _, ...rest }): Container => rest)
  return { ...pod, spec: { ...spec, ...(initContainers && { initContainers }) } }
}

describe.each(['deny', 'keep'])('a sidecar that lost its restartPolicy, with onConflict %s', onConflict => {
  const profiles = profilesOf({
    logging: { onConflict, containers: [container('ship')], initContainers: [container('prepare')] },
  })

  it('is never admitted: the Pod would wait for it forever', () => {
    expect(decideOn(dropped(injectInto(podAsking('logging'), profiles)), profiles)).toMatchObject({
      outcome: 'denied',
      reason: 'Conflict',
      message: expect.stringContaining('another webhook removed restartPolicy from container "ship"'),
      patch: [],
    })
  })
})

describe('a container of the author with the name of a sidecar', () => {
  const profiles = profilesOf({ logging: { onConflict: 'keep', containers: [container('ship')] } })

  it('is kept, if no earlier call added it', () => {
    const spec = { containers: [container('app')], initContainers: [container('ship')] }
    expect(decideOn({ ...podAsking('logging'), spec }, profiles)).toMatchObject({ outcome: 'skipped' })
  })
})
