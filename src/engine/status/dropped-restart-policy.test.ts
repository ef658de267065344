import { describe, expect, it } from 'vitest'
import { container, decideOn, injectInto, podAsking, profilesOf } from '../decide.fixture.ts'
import type { Container, Pod } from '../pod.ts'

const ask: Pod = {
  ...podAsking('logging'),
  spec: { containers: [container('app')], initContainers: [container('own', { restartPolicy: 'Always' })] },
}

/** As a webhook leaves it that knows a Pod of 2022. */
function dropped({ spec = {}, ...pod }: Pod): Pod {
  const initContainers = spec.initContainers?.map(({ restartPolicy: _, ...rest }): Container => rest)
  return { ...pod, spec: { ...spec, ...(initContainers && { initContainers }) } }
}

describe.each(['deny', 'keep'])('a sidecar that lost its restartPolicy, with onConflict %s', onConflict => {
  const profiles = profilesOf({
    logging: { onConflict, containers: [container('ship')], initContainers: [container('prepare')] },
  })
  const once = injectInto(ask, profiles)

  it('gets it back, and no other container gets one', () => {
    const ship = once.spec?.initContainers?.findIndex(({ name }) => name === 'ship')
    expect(decideOn(dropped(once), profiles)).toMatchObject({
      outcome: 'injected',
      patch: [{ op: 'add', path: `/spec/initContainers/${ship}/restartPolicy`, value: 'Always' }],
    })
    const again = injectInto(dropped(once), profiles)
    const policies = again.spec?.initContainers?.map(({ name, restartPolicy }) => [name, restartPolicy])
    expect(Object.fromEntries(policies ?? [])).toEqual({ ship: 'Always', prepare: undefined, own: undefined })
    expect(decideOn(again, profiles)).toMatchObject({ outcome: 'unchanged', patch: [] })
  })

  it('gets it back together with what the Pod lacks besides', () => {
    const { initContainers = [], ...spec } = dropped(once).spec ?? {}
    const lacking = {
      ...once,
      spec: { ...spec, initContainers: initContainers.filter(({ name }) => name !== 'prepare') },
    }
    const again = injectInto(lacking, profiles)
    const names = again.spec?.initContainers?.map(({ name, restartPolicy }) => [name, restartPolicy])
    expect(names).toEqual([
      ['ship', 'Always'],
      ['prepare', undefined],
      ['own', undefined],
    ])
  })
})

describe('a container of the author without restartPolicy', () => {
  const profiles = profilesOf({ logging: { containers: [container('ship')] } })

  it('is in conflict, if no earlier call added it', () => {
    const pod = { ...ask, spec: { ...ask.spec, initContainers: [container('ship')] } }
    expect(decideOn(pod, profiles)).toMatchObject({ outcome: 'denied', reason: 'Conflict' })
  })

  it('is in conflict, if it differs in more than this', () => {
    const once = dropped(injectInto(ask, profiles))
    const initContainers = once.spec?.initContainers?.map(each => ({ ...each, args: ['mine'] })) ?? []
    const pod = { ...once, spec: { ...once.spec, initContainers } }
    expect(decideOn(pod, profiles)).toMatchObject({ outcome: 'denied', reason: 'Conflict' })
  })
})
