import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest'
import { until } from '../apiserver/until.ts'
import { type ApiProxy, startApiProxy } from './api-proxy.ts'
import { type Attack, attacks, oneOfMany, oneThatIsRead, takings } from './hostile-user.ts'
import { type Loaded, startLoad } from './load.ts'
import { useNamespace } from './namespace.ts'

const user = 'system:serviceaccount:hostile:mallory'
const attackMs = 4_000

/** The same attacks are made in a namespace about which the API server does not call Pillion: what they cost without it. */
const unwatched = 'unwatched'

/** Two replicas at the chart's memory limit, Pods of others that are created all the while, and one user who means no good. */
describe('a user with the role edit in one namespace', () => {
  const kubectl = useNamespace('hostile', { labels: { 'pillion.dev/inject': 'enabled' } })
  const kubectlUnwatched = useNamespace(unwatched)
  useNamespace('others')
  let mallory: ApiProxy
  let quiet: Loaded

  beforeAll(async () => {
    await kubectl(['create', 'serviceaccount', 'mallory'])
    for (const one of [kubectl, kubectlUnwatched]) {
      await one([
        'create',
        'rolebinding',
        'mallory',
        '--clusterrole=edit',
        '--serviceaccount=hostile:mallory',
      ])
    }
    await kubectl(['patch', 'mutatingwebhookconfiguration/pillion', '--type=json', `-p=${leaveOut.pods}`])
    await kubectl([
      'patch',
      'validatingwebhookconfiguration/pillion',
      '--type=json',
      `-p=${leaveOut.profiles}`,
    ])
    mallory = await startApiProxy(inject('kubeconfig'), user)
    await until('the API server does not call Pillion there', 60_000, async () => {
      const { text } = await ask('log-tail', unwatched)
      return !text.includes('pillion.dev/status')
    })
    quiet = await loadDuring(() => pause(3 * attackMs))
  })
  afterAll(async () => {
    await deleteProfiles()
    mallory.stop()
    await kubectl(['patch', 'mutatingwebhookconfiguration/pillion', '--type=json', `-p=${takeIn.pods}`])
    await kubectl(['patch', 'validatingwebhookconfiguration/pillion', '--type=json', `-p=${takeIn.profiles}`])
  }, 300_000)

  it.each(attacks)('$what: no replica restarts, no Pod of others is missed or refused', async attack => {
    const before = await restarts()
    const answered: number[] = []
    // Once: the callers whose time is measured run in this process.
    const body = JSON.stringify(attack.object)
    const measure = async (): Promise<Measured> => {
      let rounds = 0
      const loaded = await loadDuring(async () => {
        for (const end = Date.now() + attackMs; Date.now() < end; rounds++) {
          answered.push(...(await attackWith(attack, body, 'hostile')))
        }
      })
      expect(loaded.missed).toEqual([])
      // The user can write into a Pod what the profile adds to it.
      const spec = attack.isAskedFor && (await specOfAnswer())
      return withComparison(loaded, async () => {
        for (let i = 0; i < rounds; i++)
          await paced(attackMs / rounds, () => attackWith(attack, body, unwatched, spec))
      })
    }
    let measured = await measure()
    // Other work on this machine makes some of the measurements wrong, and not three in a row.
    for (let i = 1; i < 3 && !isLittle(measured); i++) measured = await measure()
    expect(answered.every(status => status < 500 || status === 504)).toBe(true)
    expect(await restarts()).toEqual(before)
    compare(attack.what, measured)
  })

  it.each(takings)('$what is not to be had by a profile', async ({ object, path }) => {
    await deleteProfile()
    const { status, text } = await send(path, JSON.stringify(object), 'hostile')
    expect(status, text).toBe(422)
    expect(text).toContain('baseline')
  })

  it('a thousand profiles: no replica restarts, no Pod of others is missed or refused', async () => {
    const before = await restarts()
    const profiles = Array.from({ length: 1_000 }, (_, i) => JSON.stringify(oneOfMany(i)))
    const sendAll = async (everyMs: number, namespace: string) => {
      const waiting = [...profiles]
      const sendOnes = async () => {
        for (let profile = waiting.pop(); profile; ) {
          const sent = profile
          await paced(everyMs, () => send('sidecarprofiles', sent, namespace))
          profile = waiting.pop()
        }
      }
      await Promise.all(Array.from({ length: senders }, sendOnes))
      await Promise.all([0, 1, 2, 3].map(() => ask('hostile-1,hostile-2,hostile-3,hostile-5', namespace)))
    }
    const measure = async (): Promise<Measured> => {
      await deleteProfiles()
      const start = Date.now()
      const loaded = await loadDuring(() => sendAll(0, 'hostile'))
      const everyMs = ((Date.now() - start) * senders) / profiles.length
      expect(loaded.missed).toEqual([])
      return withComparison(loaded, () => sendAll(everyMs, unwatched))
    }
    const first = await measure()
    const measured = isLittle(first) ? first : await measure()
    expect(await restarts()).toEqual(before)
    compare('a thousand profiles', measured)
    await deleteProfiles()
    await kubectl(['delete', `flowschema/${writeLimit}`])
    onTestFinished(async () => void (await kubectl(['apply', '-f', 'deploy/base/profile-writes.yaml'])))
    const unlimited = await loadDuring(() => sendAll(0, 'hostile'))
    process.stderr.write(
      `hostile user: a thousand profiles without the FlowSchema: p99 ${p99(unlimited)} ms\n`,
    )
    expect(unlimited.missed).toEqual([])
  }, 600_000)

  it('a thousand stored profiles: Pods of others take at most twice as long as without them', async () => {
    const inHostile = (op: object) =>
      kubectl([
        'patch',
        'validatingwebhookconfiguration/pillion',
        '--type=json',
        `-p=${JSON.stringify([op])}`,
      ])
    const values = '/webhooks/0/namespaceSelector/matchExpressions/0/values'
    await deleteProfiles()
    // The webhook would refuse them at the limit of a namespace: they are stored as while it is down.
    await inHostile({ op: 'add', path: `${values}/-`, value: 'hostile' })
    onTestFinished(async () => {
      await deleteProfiles()
      await inHostile({ op: 'remove', path: `${values}/1` })
    })
    const refused = JSON.stringify(takings[0]?.object)
    await until('the API server does not call Pillion for profiles', 60_000, async () => {
      return (await send('sidecarprofiles?dryRun=All', refused, 'hostile')).status === 201
    })
    const before = await restarts()
    const waiting = Array.from({ length: 1_000 }, (_, i) => JSON.stringify(oneThatIsRead(i)))
    const sendOnes = async () => {
      for (let one = waiting.pop(); one; one = waiting.pop())
        expect((await send('sidecarprofiles', one, 'hostile')).status).toBe(201)
    }
    await Promise.all(Array.from({ length: senders }, sendOnes))
    const areJudged = async () => {
      const { text } = await mallory.request('GET', profilesOfMallory)
      const { items } = JSON.parse(text) as { items: readonly { status?: { conditions?: object } }[] }
      return items.filter(({ status }) => status?.conditions).length > 60
    }
    // As many as a namespace may have in use, and more. The statuses of the others follow, at the pace of one namespace.
    await until('those in use are judged', 120_000, areJudged, 1_000)
    const stored = await leastOfThree()
    await deleteProfiles()
    const areGone = async () =>
      JSON.parse((await mallory.request('GET', profilesOfMallory)).text).items.length === 0
    await until('all profiles are gone', 60_000, areGone, 1_000)
    const none = await leastOfThree()
    process.stderr.write(`hostile user: a thousand stored profiles: p99 ${stored} ms, none: ${none} ms\n`)
    expect(await restarts()).toEqual(before)
    // As above: a third of a second is little on a busy machine.
    expect(stored).toBeLessThanOrEqual(Math.max(333, 2 * none))
  }, 600_000)

  /** The smallest p99 of three measurements, in ms: other work on this machine only makes it larger. */
  async function leastOfThree(): Promise<number> {
    const all: number[] = []
    for (let i = 0; i < 3; i++) {
      const loaded = await loadDuring(() => pause(attackMs))
      expect(loaded.missed).toEqual([])
      all.push(p99(loaded))
    }
    return Math.min(...all)
  }

  /** Measures the same attack without Pillion, if that can make a difference. */
  async function withComparison(loaded: Loaded, attack: () => Promise<unknown>): Promise<Measured> {
    if (isLittle({ loaded })) return { loaded }
    return { loaded, without: await loadDuring(attack) }
  }

  /** What became of the Pods of others meanwhile. */
  async function loadDuring(action: () => Promise<unknown>): Promise<Loaded> {
    const load = await startLoad(inject('kubeconfig'), 'others', 2)
    await action().catch(async (error: unknown) => {
      await load.stop()
      throw error
    })
    return load.stop()
  }

  async function attackWith(
    { path, isAskedFor }: Attack,
    body: string,
    namespace: string,
    spec?: unknown,
  ): Promise<readonly number[]> {
    await deleteProfile()
    const first = await send(path, body, namespace)
    const again = isAskedFor
      ? await Promise.all(Array.from({ length: 9 }, () => ask('hostile', namespace, spec)))
      : await Promise.all([1, 2, 3].map(() => send(`${path}?dryRun=All`, body, namespace)))
    // Stored, it is met by the sweep and by a replica that starts.
    return [first, ...again].map(({ status }) => status)
  }

  /** At once: one by one a thousand take minutes. */
  function deleteProfiles() {
    return mallory.request('DELETE', profilesOfMallory)
  }

  function deleteProfile() {
    return mallory.request('DELETE', `${profilesOfMallory}/hostile`)
  }

  /** What a Pod has that asks for the profile; undefined when it is denied. */
  async function specOfAnswer(): Promise<unknown> {
    const { status, text } = await ask('hostile', 'hostile')
    return status === 201 ? JSON.parse(text).spec : undefined
  }

  function ask(names: string, namespace: string, spec: unknown = plainSpec) {
    const metadata = { generateName: 'asking-', annotations: { 'pillion.dev/inject': names } }
    const pod = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata, spec })
    return send('pods?dryRun=All', pod, namespace)
  }

  function send(path: string, body: string, namespace: string) {
    const group = path.startsWith('pods') ? 'api/v1' : 'apis/pillion.dev/v1alpha1'
    // Stored there, a profile would reach the replicas, which watch all of them.
    const dryRun = path === 'sidecarprofiles' && namespace === unwatched ? '?dryRun=All' : ''
    return mallory.request('POST', `/${group}/namespaces/${namespace}/${path}${dryRun}`, body)
  }

  async function restarts(): Promise<Record<string, number>> {
    const list = await kubectl.in('pillion')([
      'get',
      'pods',
      '-l=app.kubernetes.io/component=server',
      '-o=json',
    ])
    const { items } = JSON.parse(list) as {
      items: readonly {
        metadata: { name: string }
        status: { containerStatuses?: readonly { restartCount: number }[] }
      }[]
    }
    return Object.fromEntries(
      items.map(({ metadata, status }) => [metadata.name, status.containerStatuses?.[0]?.restartCount ?? 0]),
    )
  }

  /**
   * Whether others wait for at most twice as long as without an attack, or as during the same attack on the API server alone.
   * Less than half a second is little in any case: on a busy machine the measurements differ by as much.
   */
  function isLittle({ loaded, without }: Measured): boolean {
    return p99(loaded) <= Math.max(500, 2 * p99(quiet), without ? 2 * p99(without) : 0)
  }

  function compare(what: string, measured: Measured): void {
    const { loaded, without } = measured
    const compared = without ? `without Pillion ${p99(without)} ms, ` : ''
    const times = `p99 ${p99(loaded)} ms (${compared}quiet ${p99(quiet)} ms)`
    process.stderr.write(`hostile user: ${what}: ${loaded.created} Pods of others, ${times}\n`)
    expect(isLittle(measured), times).toBe(true)
  }
})

/** What became of the Pods of others during an attack, and during the same attack without Pillion if it was measured. */
interface Measured {
  readonly loaded: Loaded
  readonly without?: Loaded
}

function p99({ tookMs }: Loaded): number {
  return Math.round(tookMs[Math.floor(tookMs.length * 0.99)] ?? 0)
}

/** Waits until so much time has passed since the beginning of an action. */
async function paced(everyMs: number, action: () => Promise<unknown>): Promise<void> {
  await Promise.all([action(), pause(everyMs)])
}

/** How long the quiet value is measured: there is nothing to wait for. */
function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}

const senders = 8
const profilesOfMallory = '/apis/pillion.dev/v1alpha1/namespaces/hostile/sidecarprofiles'
/** Without it, the API server works at as many profiles at a time as the user sends. */
const writeLimit = 'pillion-profile-writes'
const plainSpec = { containers: [{ name: 'app', image: 'busybox:1.37' }] }

const excluded = '/webhooks/0/namespaceSelector/matchExpressions/1/values'

/** Patches of the webhook configurations. */
const leaveOut = {
  pods: JSON.stringify([{ op: 'add', path: `${excluded}/-`, value: unwatched }]),
  profiles: JSON.stringify([
    {
      op: 'add',
      path: '/webhooks/0/namespaceSelector',
      value: {
        matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: [unwatched] }],
      },
    },
  ]),
}
const takeIn = {
  pods: JSON.stringify([{ op: 'remove', path: `${excluded}/3` }]),
  profiles: JSON.stringify([{ op: 'remove', path: '/webhooks/0/namespaceSelector' }]),
}
