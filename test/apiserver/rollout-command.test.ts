import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { JsonObject } from '../../src/json/json.ts'
import { revisedSpec, revision } from '../../src/profile/revision.ts'
import { installCustomResources } from './custom-resources.ts'
import { pillion, useKubeconfig } from './kubeconfig.ts'
import { describeWithApiServer } from './suite.ts'

const group = '/apis/pillion.dev/v1alpha1'

describeWithApiServer('pillion rollout', server => {
  let restore: () => Promise<void>
  beforeAll(async () => {
    await installCustomResources(server())
    await server().createNamespace('shop')
    await server().createNamespace('pillion')
    restore = await useKubeconfig(server(), 'shop')
  })
  afterAll(() => restore())

  const specOf = (image: string): JsonObject => ({ containers: [{ name: 'logging', image }] })
  const [first, second, third] = ['a:1', 'a:2', 'a:3'].map(specOf) as [JsonObject, JsonObject, JsonObject]
  const rollout: JsonObject = {
    update: 'InPlace',
    steps: [{ percent: 5 }, { percent: 25, pause: true }, { percent: 50 }, { percent: 100 }],
  }
  const path = `${group}/clustersidecarprofiles/logging`

  async function send(method: 'GET' | 'POST' | 'PATCH', to: string, body?: JsonObject): Promise<JsonObject> {
    const answer = await server().request<JsonObject>(method, to, body)
    if (answer.status >= 300) throw new Error(`${method} ${to}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }

  /** A profile, as somebody applied it. */
  async function profile(spec: JsonObject, metadata: JsonObject = {}): Promise<JsonObject> {
    await server().request('DELETE', path)
    return send('POST', path.slice(0, path.lastIndexOf('/')), {
      apiVersion: 'pillion.dev/v1alpha1',
      kind: 'ClusterSidecarProfile',
      metadata: { name: 'logging', ...metadata },
      spec,
    })
  }

  /** What the leader does with it: no replica runs here. */
  async function accept(state?: JsonObject): Promise<void> {
    const { metadata, spec } = (await send('GET', path)) as { metadata: JsonObject; spec: JsonObject }
    const condition = {
      type: 'Accepted',
      status: 'True',
      reason: 'Accepted',
      message: 'accepted',
      observedGeneration: metadata['generation'],
      lastTransitionTime: '2026-01-01T00:00:00Z',
    }
    const status = { revision: revision(spec), conditions: [condition], ...(state && { rollout: state }) }
    await send('PATCH', `${path}/status`, { status } as JsonObject)
  }

  async function keep(
    spec: JsonObject,
    number: number,
    { name, owner }: { name?: string; owner?: string } = {},
  ) {
    const { metadata } = (await send('GET', path)) as { metadata: { uid: string } }
    const collection = '/apis/apps/v1/namespaces/pillion/controllerrevisions'
    const named = name ?? `logging-${revision(spec)}`
    await server().request('DELETE', `${collection}/${named}`)
    await send('POST', collection, {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: {
        name: named,
        labels: { 'pillion.dev/profile': 'logging' },
        ownerReferences: [
          {
            apiVersion: 'pillion.dev/v1alpha1',
            kind: 'ClusterSidecarProfile',
            name: 'logging',
            uid: owner ?? metadata.uid,
            controller: true,
          },
        ],
      },
      data: { spec: revisedSpec(spec) },
      revision: number,
    })
  }

  const stored = async () =>
    (await send('GET', path)) as {
      metadata: { generation: number; annotations?: JsonObject }
      spec: JsonObject
    }

  /** Three revisions: `first` and `second` were rolled out, `third` is at its second step, which pauses. */
  const state = {
    phase: 'Paused',
    stable: revision(second),
    canary: revision(third),
    percent: 25,
    step: 1,
    since: '2026-01-01T00:00:00Z',
    matched: 40,
    updated: 10,
    ready: 10,
  }
  beforeEach(async () => {
    await profile({ ...third, rollout, revisionHistoryLimit: 5 })
    await accept(state)
    for (const [i, spec] of [first, second, third].entries()) await keep(spec, i + 1)
  })

  describe('history', () => {
    it('lists the kept revisions, the newest first, with what each changed and who gets it', async () => {
      // Not of this profile, and not what its name says.
      await keep(specOf('b:1'), 9, { owner: 'somebody-else' })
      await keep(specOf('b:2'), 9, { name: 'logging-0123456789' })
      const { code, out, err } = await pillion('rollout', 'history', 'logging')
      expect({ code, err }).toEqual({ code: 0, err: '' })
      const rows = out
        .trimEnd()
        .split('\n')
        .map(line => line.split(/ {2,}/))
      expect(rows).toEqual([
        ['clustersidecarprofile/logging'],
        ['REVISION', 'NUMBER', 'SINCE', 'IN USE', 'CHANGED'],
        [revision(third), '3', expect.any(String), 'canary 25 %', 'containers[logging].image'],
        [revision(second), '2', expect.any(String), 'stable', 'containers[logging].image'],
        [revision(first), '1', expect.any(String), '-'].filter(cell => cell !== ''),
      ])
    })

    it('prints a revision as a manifest, with the rollout of now', async () => {
      const { out } = await pillion('rollout', 'history', 'logging', '--revision', '1', '-o', 'yaml')
      expect(parse(out)).toEqual({
        apiVersion: 'pillion.dev/v1alpha1',
        kind: 'ClusterSidecarProfile',
        metadata: { name: 'logging' },
        spec: { ...first, rollout, revisionHistoryLimit: 5 },
      })
    })

    it('names the kept revisions if it has none of that name', async () => {
      const { code, err } = await pillion('rollout', 'history', 'logging', '--revision', '7')
      expect(code).toBe(1)
      expect(err).toContain(`keeps no revision "7"; it keeps ${revision(third)} (number 3), `)
    })
  })

  describe('undo', () => {
    it('goes back to the stable revision during a rollout, and shows what changes', async () => {
      const before = await stored()
      const { code, out } = await pillion('rollout', 'undo', 'logging')
      expect(code).toBe(0)
      expect(out).toContain('-      image: a:3\n+      image: a:2\n')
      expect(out).toMatch(/clustersidecarprofile\/logging rolled back to revision [0-9a-f]{10}\n$/)
      const after = await stored()
      expect(after.spec).toEqual({ ...second, rollout, revisionHistoryLimit: 5 })
      expect(after.metadata.generation).toBe(before.metadata.generation + 1)
    })

    it('goes back to the revision before without a rollout, or to one that is named', async () => {
      await accept({ phase: 'Completed', stable: revision(third) })
      await pillion('rollout', 'undo', 'logging', '--to-revision', revision(first))
      expect((await stored()).spec).toMatchObject(first)
      await profile(third)
      for (const [i, spec] of [first, second, third].entries()) await keep(spec, i + 1)
      await pillion('rollout', 'undo', 'logging')
      expect((await stored()).spec).toEqual(second)
    })

    it('is not held up by what the leader writes meanwhile, but by what somebody edits', async () => {
      const during = async (patch: (i: number) => Promise<unknown>, action: () => Promise<void>) => {
        let isOver = false
        const patching = (async () => {
          for (let i = 0; !isOver; i++) await patch(i)
        })()
        await action().finally(() => {
          isOver = true
        })
        await patching
      }
      const leader = (i: number) =>
        send('PATCH', `${path}/status`, { status: { rollout: { message: `${i} Pods` } } })
      await during(leader, async () => {
        for (const image of ['a:2', 'a:1', 'a:2']) {
          const to = revision(specOf(image))
          const { code, err } = await pillion('rollout', 'undo', 'logging', '--to-revision', to)
          expect({ code, err }).toEqual({ code: 0, err: '' })
        }
      })
      const somebody = (i: number) => send('PATCH', path, { spec: { revisionHistoryLimit: 5 + (i % 5) } })
      await during(somebody, async () => {
        const { code, err } = await pillion('rollout', 'undo', 'logging', '--to-revision', revision(first))
        expect({ code, err }).toEqual({
          code: 1,
          err: 'clustersidecarprofile/logging not changed: somebody changed clustersidecarprofile/logging meanwhile; look at it, and try again\n',
        })
      })
    })

    it.each([
      { where: 'client', how: '(dry run)' },
      { where: 'server', how: '(server dry run)' },
    ])('only shows the change with --dry-run=$where', async ({ where, how }) => {
      const { code, out } = await pillion('rollout', 'undo', 'logging', `--dry-run=${where}`)
      expect(code).toBe(0)
      expect(out).toContain('+      image: a:2\n')
      expect(out).toContain(how)
      expect((await stored()).spec).toMatchObject(third)
    })

    it('changes nothing if the spec is that revision already', async () => {
      const { code, out } = await pillion('rollout', 'undo', 'logging', '--to-revision', '3')
      expect({ code, out }).toEqual({
        code: 0,
        out: `clustersidecarprofile/logging not changed: its spec is revision ${revision(third)} already\n`,
      })
    })

    it('refuses what a GitOps tool would write again, and says what to revert', async () => {
      await send('PATCH', path, {
        metadata: {
          annotations: {
            'argocd.argoproj.io/tracking-id': 'infra:pillion.dev/ClusterSidecarProfile:/logging',
          },
        },
      })
      const { code, out, err } = await pillion('rollout', 'undo', 'logging')
      expect(code).toBe(1)
      expect(out).toContain('-      image: a:3\n+      image: a:2\n')
      expect(err).toBe(
        [
          'clustersidecarprofile/logging not changed: Argo CD (the Application infra) manages it, and would write the present spec again',
          `revert the change shown above in the source of Argo CD; pillion rollout history logging --revision ${revision(second)} -o yaml prints the manifest`,
          '',
        ].join('\n'),
      )
      expect((await stored()).spec).toMatchObject(third)
    })
  })

  describe('pause and resume', () => {
    it('set and remove spec.rollout.paused', async () => {
      expect(await pillion('rollout', 'pause', 'logging')).toMatchObject({
        code: 0,
        out: 'clustersidecarprofile/logging paused\n',
      })
      expect((await stored()).spec['rollout']).toEqual({ ...rollout, paused: true })
      expect(await pillion('rollout', 'pause', 'logging')).toMatchObject({
        code: 1,
        err: 'clustersidecarprofile/logging is already paused\n',
      })
      expect(await pillion('rollout', 'resume', 'logging')).toMatchObject({
        code: 0,
        out: 'clustersidecarprofile/logging resumed\n',
      })
      expect((await stored()).spec['rollout']).toEqual(rollout)
    })

    it('says who ends the pause of a step', async () => {
      expect(await pillion('rollout', 'resume', 'logging')).toMatchObject({
        code: 1,
        err: 'clustersidecarprofile/logging is not resumed: step 2 pauses until pillion rollout promote logging --to-step N\n',
      })
    })

    it('pauses nothing without a rollout', async () => {
      await profile(third)
      expect(await pillion('rollout', 'pause', 'logging')).toMatchObject({
        code: 1,
        err: expect.stringContaining('it has no spec.rollout'),
      })
    })

    it('starts a failed rollout again, later than the failure by any clock', async () => {
      const since = new Date(Date.now() + 3_600_000).toISOString()
      await accept({ ...state, phase: 'Degraded', since })
      expect((await pillion('rollout', 'resume', 'logging')).code).toBe(0)
      const { annotations } = (await stored()).metadata
      expect(Date.parse(String(annotations?.['pillion.dev/resumed-at']))).toBeGreaterThan(Date.parse(since))
    })
  })

  describe('promote', () => {
    const promotion = async () => (await stored()).metadata.annotations?.['pillion.dev/promote']

    it('gives the revision to all workloads', async () => {
      expect(await pillion('rollout', 'promote', 'logging')).toMatchObject({
        code: 0,
        out: `clustersidecarprofile/logging promoted: all workloads get revision ${revision(third)}\n`,
      })
      expect(await promotion()).toBe(revision(third))
    })

    it('goes on to a step: the one before it is over', async () => {
      expect(await pillion('rollout', 'promote', 'logging', '--to-step', '3')).toMatchObject({
        code: 0,
        out: `clustersidecarprofile/logging promoted to step 3: 50 % of the workloads get revision ${revision(third)}\n`,
      })
      expect(await promotion()).toBe(`${revision(third)}/1`)
    })

    it.each(['1', '2', '5'])('goes neither back nor further than the last step: %s', async step => {
      expect(await pillion('rollout', 'promote', 'logging', '--to-step', step)).toMatchObject({
        code: 1,
        err: `clustersidecarprofile/logging is not promoted: step ${step} is not allowed: the rollout is at step 2, so --to-step is from 3 to 4\n`,
      })
    })

    it.each([
      { phase: 'Completed', says: 'no revision is being rolled out' },
      { phase: 'Degraded', says: 'failed; pillion rollout resume logging tries again' },
    ])('promotes nothing that is $phase', async ({ phase, says }) => {
      await accept({ ...state, phase })
      expect(await pillion('rollout', 'promote', 'logging')).toMatchObject({
        code: 1,
        err: expect.stringContaining(says),
      })
      expect(await promotion()).toBeUndefined()
    })
  })

  describe('status', () => {
    it('waits until the rollout is over, and prints each change', async () => {
      const waiting = pillion('rollout', 'status', 'logging', '--timeout', '60s')
      await accept({ ...state, phase: 'Completed', stable: revision(third), updated: 40, ready: 40 })
      const { code, out } = await waiting
      expect({ code, out }).toEqual({
        code: 0,
        out: `clustersidecarprofile/logging successfully rolled out: 40 of 40 Pods updated, 40 ready; Pods get revision ${revision(third)}\n`,
      })
    })

    it('only shows how far it is without --watch', async () => {
      expect(await pillion('rollout', 'status', 'logging', '--watch=false')).toEqual({
        code: 0,
        out: expect.stringContaining(
          '10 of 40 Pods updated, 10 ready; step 2 of 4: 25 % of the workloads get revision',
        ),
        err: 'hint: pillion rollout promote logging --to-step 3 goes on\n',
      })
    })

    it('ends with 1 when the rollout fails', async () => {
      await accept({ ...state, phase: 'Degraded', message: 'shop/web-1: ImagePullBackOff' })
      const { code, out } = await pillion('rollout', 'status', 'logging')
      expect(code).toBe(1)
      expect(out).toContain(
        'the rollout of clustersidecarprofile/logging failed: 10 of 40 Pods updated, 10 ready; shop/web-1: ImagePullBackOff',
      )
    })

    it('ends with 1 when the time is over', async () => {
      const { code, out, err } = await pillion('rollout', 'status', 'logging', '--timeout', '1ms')
      expect({ code, out }).toEqual({ code: 1, out: '' })
      expect(err).toContain('clustersidecarprofile/logging is not rolled out after 0.001 seconds (--timeout)')
    })
  })

  describe('the profile', () => {
    const own = `${group}/namespaces/shop/sidecarprofiles`
    const ownProfile = (name: string) => ({
      apiVersion: 'pillion.dev/v1alpha1',
      kind: 'SidecarProfile',
      metadata: { name },
      spec: specOf('a:1'),
    })

    it("is the namespace's, if the cluster has none of that name", async () => {
      await send('POST', own, ownProfile('own'))
      const { code, out } = await pillion('rollout', 'status', 'own', '-n', 'shop', '--watch=false')
      expect(code).toBe(0)
      expect(out).toContain('sidecarprofile/own')
      expect((await pillion('rollout', 'status', 'own', '-n', 'default')).err).toContain(
        'there is no ClusterSidecarProfile own, and no SidecarProfile own in namespace default',
      )
    })

    it("is the cluster's, if both have one", async () => {
      await send('POST', own, ownProfile('logging'))
      const { out, err } = await pillion('rollout', 'status', 'logging', '-n', 'shop', '--watch=false')
      expect(out).toContain('clustersidecarprofile/logging')
      expect(err).toContain(
        'sidecarprofile/logging in namespace shop is not in use, because clustersidecarprofile/logging has its name',
      )
    })

    it('needs permissions, and says which', async () => {
      const { code, err } = await pillion('rollout', 'status', 'logging', '--context', 'stranger')
      expect(code).toBe(2)
      expect(err).toContain('you may not get clustersidecarprofiles.pillion.dev/logging')
    })
  })
})
