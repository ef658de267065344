import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { issueCertificate } from '../../src/cluster/certificate/certificate-authority.ts'
import type { JsonObject } from '../../src/json/json.ts'
import { accountWith } from './account.ts'
import { type Connection, connect } from './connection.ts'
import { installCustomResources } from './custom-resources.ts'
import { create, post } from './deployed.ts'
import { describeWithApiServer } from './suite.ts'
import { until } from './until.ts'

const level = 'pillion-profile-writes'

describeWithApiServer(
  'writes of SidecarProfiles',
  server => {
    let webhook: Holding
    let hostile: Connection
    let other: Connection

    beforeAll(async () => {
      await installCustomResources(server())
      await create(server(), 'deploy/base/profile-writes.yaml')
      webhook = await startHolding()
      await post(server(), webhook.configuration)
      hostile = await editorIn('hostile')
      other = await editorIn('other')
      await until(
        'the priority level is in force',
        20_000,
        async () => (await inLevel('nominal_limit_seats')) > 0,
      )
      await until('the webhook is called', 20_000, async () => {
        const sent = write(server(), 'other', 'probe')
        await Promise.race([sent, until('held', 500, async () => webhook.held.length > 0).catch(() => {})])
        const isCalled = webhook.held.length > 0
        webhook.release()
        await sent
        return isCalled
      })
    })
    beforeEach(() => webhook.hold())
    afterAll(() => {
      hostile.close()
      other.close()
      webhook.stop()
    })

    it('wait for each other, and nobody else waits for them', async () => {
      const seats = await inLevel('nominal_limit_seats')
      expect(seats).toBe(3)
      const sent = Array.from({ length: 12 }, (_, i) => write(hostile, 'hostile', `waiting-${i}`))
      await until(
        'the rest waits',
        20_000,
        async () => (await inLevel('current_inqueue_requests')) === 12 - seats,
      )
      expect(webhook.held).toHaveLength(seats)
      // The same user, with something else.
      const path = '/api/v1/namespaces/hostile/configmaps'
      expect(await hostile.request('POST', path, { metadata: { name: 'a' } })).toMatchObject({ status: 201 })
      // A cluster admin, with the same.
      const byAdmin = write(server(), 'hostile', 'of-an-admin')
      await until('the admin is served', 20_000, async () => webhook.held.length === seats + 1)
      webhook.release()
      const statuses = (await Promise.all([...sent, byAdmin])).map(({ status }) => status)
      expect(new Set(statuses)).toEqual(new Set([201]))
    })

    it('of one namespace do not delay those of another for long', async () => {
      const sent = Array.from({ length: 20 }, (_, i) => write(hostile, 'hostile', `many-${i}`))
      await until('they wait', 20_000, async () => (await inLevel('current_inqueue_requests')) === 17)
      const alone = write(other, 'other', 'alone')
      await until('it waits, too', 20_000, async () => (await inLevel('current_inqueue_requests')) === 18)
      let isServed = false
      void alone.then(() => {
        isServed = true
      })
      for (let served = 0; !isServed; served++) {
        expect(served, 'writes of the other namespace that were served before').toBeLessThan(10)
        webhook.answerOne()
        await until('the next one is served', 20_000, async () => isServed || webhook.held.length === 3)
      }
      webhook.release()
      await Promise.all(sent)
    })

    it('are answered with 429 when too many wait', async () => {
      const sent = Array.from({ length: 60 }, (_, i) => write(hostile, 'hostile', `flood-${i}`))
      await until('the queues are full', 20_000, async () => (await inLevel('rejected_requests_total')) >= 25)
      webhook.release()
      const statuses = (await Promise.all(sent)).map(({ status }) => status)
      expect(statuses.filter(status => status === 429)).toHaveLength(60 - 3 - 2 * 16)
      expect(statuses.filter(status => status === 201)).toHaveLength(3 + 2 * 16)
    })

    async function editorIn(namespace: string): Promise<Connection> {
      await server().createNamespace(namespace)
      const rules = [
        { apiGroups: ['pillion.dev'], resources: ['sidecarprofiles'], verbs: ['*'] },
        { apiGroups: [''], resources: ['configmaps'], verbs: ['*'] },
      ]
      const path = `/api/v1/namespaces/${namespace}`
      await accountWith(server(), namespace, rules, async account => {
        const { ok } = await account.request('GET', `${path}/configmaps`)
        return ok
      })
      const { body } = await server().request<{ status: { token: string } }>(
        'POST',
        `${path}/serviceaccounts/default/token`,
        {},
      )
      return connect({ ...server(), token: body.status.token })
    }

    /** The sum of the samples of a metric for the priority level. */
    async function inLevel(metric: string): Promise<number> {
      const lines = (await server().metrics()).split('\n')
      const ours = lines.filter(
        line => line.startsWith(`apiserver_flowcontrol_${metric}{`) && line.includes(`"${level}"`),
      )
      return ours.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
    }
  },
  { needs: '1.29' },
)

function write(as: Pick<Connection, 'request'>, namespace: string, name: string) {
  return as.request('POST', `/apis/pillion.dev/v1alpha1/namespaces/${namespace}/sidecarprofiles`, {
    apiVersion: 'pillion.dev/v1alpha1',
    kind: 'SidecarProfile',
    metadata: { name },
    spec: { containers: [{ name: 'agent', image: 'agent:1' }] },
  })
}

interface Holding {
  readonly configuration: JsonObject
  /** The reviews without an answer. */
  readonly held: readonly unknown[]
  answerOne(): void
  /** Answers all, and those that come. */
  release(): void
  /** Answers no more. */
  hold(): void
  stop(): void
}

/** A webhook that allows each profile, when the test says so. */
async function startHolding(): Promise<Holding> {
  const { ca, cert, key } = await issueCertificate({ ipAddresses: ['127.0.0.1'], days: 1 })
  const held: { readonly uid: string; readonly response: ServerResponse }[] = []
  let isHolding = true
  const answer = ({ uid, response }: (typeof held)[number]) => {
    const review = {
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid, allowed: true },
    }
    response.setHeader('content-type', 'application/json').end(JSON.stringify(review))
  }
  const server = createServer({ cert, key }, async (request, response) => {
    const { request: review } = (await json(request)) as { request: { uid: string } }
    const one = { uid: review.uid, response }
    if (isHolding) held.push(one)
    else answer(one)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    configuration: {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'holding' },
      webhooks: [
        {
          name: 'holding.example.com',
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          timeoutSeconds: 30,
          clientConfig: {
            url: `https://127.0.0.1:${port}/`,
            caBundle: Buffer.from(ca).toString('base64'),
          },
          rules: [
            {
              apiGroups: ['pillion.dev'],
              apiVersions: ['*'],
              operations: ['CREATE'],
              resources: ['sidecarprofiles'],
            },
          ],
        },
      ],
    },
    held,
    answerOne: () => held.splice(0, 1).forEach(answer),
    release() {
      isHolding = false
      held.splice(0).forEach(answer)
    },
    hold() {
      isHolding = true
    },
    stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}
