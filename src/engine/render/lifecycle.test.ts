import { describe, expect, it } from 'vitest'
import { cluster, container, decideOn, injectInto, names, podAsking, profilesOf } from '../decide.fixture.ts'

const withLifecycle = (lifecycle: 'auto' | 'native' | 'regular') =>
  profilesOf({ logging: { lifecycle, containers: [container('ship')] } })

const on = (kubernetesVersion: string) => ({ cluster: { ...cluster, kubernetesVersion } })

describe('Lifecycle', () => {
  describe('`native` makes each of `containers` an init container with `restartPolicy: Always`; `auto` does so when the cluster is 1.29 or newer.', () => {
    it.each(['native', 'auto'] as const)('%s', lifecycle => {
      const { spec } = injectInto(podAsking('logging'), withLifecycle(lifecycle), on('1.29'))
      expect(spec?.initContainers).toEqual([container('ship', { restartPolicy: 'Always' })])
      expect(names(spec?.containers)).toEqual(['app'])
    })

    it.each([
      { version: '1.29', native: true },
      { version: '1.34', native: true },
      { version: 'v1.29.0', native: true },
      { version: '1.30+', native: true },
      { version: '2.0', native: true },
      { version: '1.28', native: false },
      { version: '1.9', native: false },
      { version: 'v1.28.15-eks-0123', native: false },
      { version: '', native: false },
    ])('auto on $version', ({ version, native }) => {
      const { spec } = injectInto(podAsking('logging'), withLifecycle('auto'), on(version))
      expect(names(spec?.[native ? 'initContainers' : 'containers'])).toContain('ship')
    })

    it('regular, on any cluster, puts them beside the app, with no restartPolicy', () => {
      const { spec } = injectInto(podAsking('logging'), withLifecycle('regular'), on('1.34'))
      expect(spec?.containers).toEqual([container('app'), container('ship')])
      expect(spec).not.toHaveProperty('initContainers')
    })
  })

  describe('Where it is not, a Pod of a Job is skipped with `JobWouldNeverFinish` rather than made immortal.', () => {
    it.each([
      { lifecycle: 'auto', version: '1.28', restartPolicy: 'Never', outcome: 'skipped' },
      { lifecycle: 'auto', version: '1.28', restartPolicy: 'OnFailure', outcome: 'skipped' },
      { lifecycle: 'auto', version: '1.28', restartPolicy: 'Always', outcome: 'injected' },
      { lifecycle: 'auto', version: '1.28', restartPolicy: undefined, outcome: 'injected' },
      { lifecycle: 'auto', version: '1.29', restartPolicy: 'Never', outcome: 'injected' },
      { lifecycle: 'regular', version: '1.29', restartPolicy: 'Never', outcome: 'skipped' },
      { lifecycle: 'regular', version: '1.29', restartPolicy: 'Always', outcome: 'injected' },
      { lifecycle: 'native', version: '1.29', restartPolicy: 'Never', outcome: 'injected' },
    ] as const)('$lifecycle on $version, restartPolicy $restartPolicy: $outcome', row => {
      const spec = row.restartPolicy === undefined ? {} : { restartPolicy: row.restartPolicy }
      const decision = decideOn(podAsking('logging', spec), withLifecycle(row.lifecycle), on(row.version))
      expect(decision).toMatchObject({
        outcome: row.outcome,
        reason: row.outcome === 'skipped' ? 'JobWouldNeverFinish' : 'Injected',
      })
    })

    it('says what would keep it running', () => {
      const pod = podAsking('logging', { restartPolicy: 'OnFailure' })
      expect(decideOn(pod, withLifecycle('auto'), on('1.28')).message).toBe(
        'the Pod runs to completion (restartPolicy OnFailure), and its regular sidecars would keep it running: native sidecars, which end with the Pod, need Kubernetes 1.29 or newer, and this cluster is 1.28',
      )
      expect(decideOn(pod, withLifecycle('regular'), on('1.34')).message).toMatch(
        /would keep it running: the profile has lifecycle: regular$/,
      )
    })

    it('still gives a Job what has no sidecar, and warns of the rest', () => {
      const profiles = profilesOf({
        logging: { containers: [container('ship')] },
        setup: { initContainers: [container('prepare')] },
      })
      const decision = decideOn(podAsking('logging,setup', { restartPolicy: 'Never' }), profiles, on('1.28'))
      expect(decision.outcome).toBe('injected')
      expect(decision.warnings).toEqual([
        'profile logging is skipped: the Pod runs to completion (restartPolicy Never), and its regular sidecars would keep it running: native sidecars, which end with the Pod, need Kubernetes 1.29 or newer, and this cluster is 1.28',
      ])
      expect(decision.profiles.map(({ name, reason }) => [name, reason])).toEqual([
        ['setup', 'Injected'],
        ['logging', 'JobWouldNeverFinish'],
      ])
    })
  })

  it('denies what must be native where nothing can be', () => {
    expect(decideOn(podAsking('logging'), withLifecycle('native'), on('1.28'))).toMatchObject({
      outcome: 'denied',
      reason: 'RequirementNotMet',
      message: 'profile logging needs native sidecars (Kubernetes 1.29 or newer); this cluster is 1.28',
    })
  })

  it('asks nothing of the cluster for a profile without containers', () => {
    const profiles = profilesOf({ setup: { lifecycle: 'native', initContainers: [container('prepare')] } })
    expect(decideOn(podAsking('setup'), profiles, on('1.28')).outcome).toBe('injected')
  })
})
