import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { fieldPath } from '../../problems/problem.ts'
import { accepted, clusterProfile } from '../profile.fixture.ts'
import { allowedLevel, excesses, levelLabel, remedy } from './level.ts'

const enforce = 'pod-security.kubernetes.io/enforce'

describe('the level of a namespace', () => {
  it.each([
    { own: undefined, enforced: undefined, level: 'baseline' },
    { own: 'privileged', enforced: undefined, level: 'privileged' },
    { own: 'restricted', enforced: undefined, level: 'restricted' },
    { own: 'Privileged', enforced: undefined, level: 'baseline' },
    { own: undefined, enforced: 'privileged', level: 'baseline' },
    { own: undefined, enforced: 'restricted', level: 'restricted' },
    { own: 'privileged', enforced: 'baseline', level: 'baseline' },
    { own: 'privileged', enforced: 'strict', level: 'restricted' },
    { own: 'restricted', enforced: 'privileged', level: 'restricted' },
  ])('is $level with its own label $own and Pod Security $enforced', ({ own, enforced, level }) => {
    expect(
      allowedLevel({ ...(own && { [levelLabel]: own }), ...(enforced && { [enforce]: enforced }) }),
    ).toBe(level)
  })
})

const profile = (spec: JsonObject) =>
  accepted({
    ...clusterProfile(spec),
    kind: 'SidecarProfile',
    metadata: { name: 'logging', namespace: 'shop' },
  })
const root = { name: 'a', image: 'a:1', securityContext: { privileged: true } }

describe('what a SidecarProfile contains beyond the level of its namespace', () => {
  it('is found in each part, at its place in the spec', () => {
    const everywhere = profile({
      initContainers: [root],
      containers: [{ ...root, name: 'b' }],
      volumes: [{ name: 'host', hostPath: { path: '/' } }],
      pod: { annotations: { 'container.apparmor.security.beta.kubernetes.io/a': 'unconfined' } },
    })
    expect(excesses(everywhere, {}).map(({ path }) => fieldPath(path))).toEqual([
      'spec.initContainers[0].securityContext.privileged',
      'spec.containers[0].securityContext.privileged',
      'spec.volumes[0].hostPath',
      'spec.pod.annotations["container.apparmor.security.beta.kubernetes.io/a"]',
    ])
    expect(excesses(everywhere, { [levelLabel]: 'privileged' })).toEqual([])
  })

  it('comes with what the author can do', () => {
    expect(excesses(profile({ containers: [root] }), {}).map(({ message }) => message)).toEqual([
      `privileged containers are not allowed by the Pod Security level baseline; ${remedy('shop')}`,
    ])
    expect(remedy('shop')).toMatch(
      /^remove it, or ask an admin .* pillion\.dev\/sidecar-profiles on namespace shop /,
    )
  })

  it('is nothing that only an expression gives, nor anything of a ClusterSidecarProfile', () => {
    const privileged = '$(has(pod.metadata.labels.root))'
    expect(excesses(profile({ containers: [{ ...root, securityContext: { privileged } }] }), {})).toEqual([])
    expect(excesses(accepted(clusterProfile({ containers: [root] })), {})).toEqual([])
  })

  it('is judged once for each level', () => {
    const one = profile({ containers: [{ name: 'a', image: 'a:1' }] })
    const restricted = { [levelLabel]: 'restricted' }
    const [baseline, strict] = [excesses(one, {}), excesses(one, restricted)]
    expect([baseline.length, strict.length]).toEqual([0, 2])
    expect(excesses(one, {})).toBe(baseline)
    expect(excesses(one, restricted)).toBe(strict)
  })
})
