import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { core } from '../../src/profile/schema/core-schema.ts'
import { startApiServer } from './apiserver.ts'
import { connect } from './connection.ts'
import { coreFile, coreSchemas, knownSchemas, lacking } from './core.ts'
import { from } from './from.ts'
import { expectListKeys } from './list-keys.ts'
import { describeWithApiServer } from './suite.ts'
import { usualMinor } from './versions.ts'

type Pod = {
  metadata: { name: string; uid: string }
  spec: {
    restartPolicy: string
    serviceAccountName: string
    volumes: { name: string }[]
    containers: { name: string; imagePullPolicy: string; terminationMessagePath: string }[]
  }
}

describeWithApiServer('the API server of the tests', server => {
  it('creates a namespace in which a Pod can be created, and gives the Pod back with its defaults', async () => {
    await server().createNamespace('shop', { labels: { team: 'web' } })
    const { status, body, warnings } = await server().request<Pod>('POST', podsOf('shop'), pod(), {
      dryRun: true,
    })
    expect({ status, warnings }).toEqual({ status: 201, warnings: [] })
    expect(body.spec).toMatchObject({
      restartPolicy: 'Always',
      serviceAccountName: 'default',
      volumes: [{ name: expect.stringMatching(/^kube-api-access-/) }],
      containers: [
        { name: 'app', imagePullPolicy: 'IfNotPresent', terminationMessagePath: '/dev/termination-log' },
      ],
    })
  })

  it('stores nothing of a dry run, and what is no dry run', async () => {
    await server().createNamespace('stored')
    await server().request('POST', podsOf('stored'), pod(), { dryRun: true })
    expect(await server().request('GET', `${podsOf('stored')}/app`)).toMatchObject({ status: 404 })
    await server().request('POST', podsOf('stored'), pod())
    expect(await server().request('GET', `${podsOf('stored')}/app`)).toMatchObject({
      status: 200,
      body: { metadata: { name: 'app', uid: expect.any(String) } },
    })
  })

  it('refuses an invalid Pod with 422 and says which field', async () => {
    await server().createNamespace('invalid')
    const twice = pod([container('app'), container('app')])
    expect(await server().request('POST', podsOf('invalid'), twice, { dryRun: true })).toMatchObject({
      status: 422,
      body: { message: expect.stringContaining('spec.containers[1].name: Duplicate value: "app"') },
    })
  })

  it('warns of a field it does not know', async () => {
    await server().createNamespace('unknown')
    const misspelt = pod([{ ...container('app'), imagePolicy: 'Always' }])
    const { warnings } = await server().request('POST', podsOf('unknown'), misspelt, { dryRun: true })
    expect(warnings).toEqual(['unknown field "spec.containers[0].imagePolicy"'])
  })

  it('signs ServiceAccount tokens and keeps to RBAC: such an account may not list Pods', async () => {
    await server().createNamespace('rbac')
    const { body } = await server().request<{ status: { token: string } }>('POST', tokensOf('rbac'), {})
    const account = connect({ ...server(), token: body.status.token })
    expect(await account.request('GET', podsOf('rbac'))).toMatchObject({
      status: 403,
      body: { message: expect.stringContaining('system:serviceaccount:rbac:default') },
    })
    account.close()
  })

  it('tells who asked for what in its audit log, as soon as the answer is there', async () => {
    await server().createNamespace('audited')
    const { body } = await server().request<Pod>('POST', podsOf('audited'), pod())
    const event = (await server().audit()).find(
      ({ verb, objectRef }) =>
        verb === 'create' && objectRef?.resource === 'pods' && objectRef.namespace === 'audited',
    )
    expect(event).toMatchObject({
      level: 'RequestResponse',
      user: { username: 'admin' },
      responseStatus: { code: 201 },
      responseObject: { metadata: { uid: body.metadata.uid } },
    })
  })

  it(
    'describes core/v1 as the profiles know it (else: npx node tools/kubernetes-api.ts)',
    from(usualMinor),
    async () => {
      expect(await coreSchemas(server().request)).toBe(await readFile(coreFile, 'utf8'))
    },
  )

  it('has no field of core/v1 that profiles cannot have', from('1.29'), async () => {
    const known = Object.entries(await knownSchemas(server().request))
    expect(known.flatMap(([type, schema]) => lacking(schema, core(type), type))).toEqual([])
  })

  // The OpenAPI of older ones has no keys for them.
  it('has the keys for the lists in a Pod that Pillion has', from('1.33'), () =>
    expectListKeys(server().request),
  )

  it('says why it does not start: the end of the log', async () => {
    const start = startApiServer({ flags: ['--no-such-flag'] })
    await expect(start).rejects.toThrow(
      /^kube-apiserver ended with exit code 1\n(.*\n)*.*unknown flag: --no-such-flag/,
    )
  })

  it('has metrics', async () => {
    expect(await server().metrics()).toMatch(/^apiserver_request_total\{.*resource="namespaces"/m)
  })
})

const podsOf = (namespace: string) => `/api/v1/namespaces/${namespace}/pods`
const tokensOf = (namespace: string) => `/api/v1/namespaces/${namespace}/serviceaccounts/default/token`
const container = (name: string) => ({ name, image: 'busybox:1.37' })

function pod(containers: object[] = [container('app')]) {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'app' }, spec: { containers } }
}
