import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { customResourceDefinition } from '../../src/profile/schema/crd.ts'
import { kinds } from '../../src/profile/schema/schema.ts'
import { pillion, useKubeconfig } from './kubeconfig.ts'
import { describeWithApiServer } from './suite.ts'
import { until } from './until.ts'

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const names = ['clustersidecarprofiles.pillion.dev', 'sidecarprofiles.pillion.dev']

describeWithApiServer('pillion crds', server => {
  let restore: () => Promise<void>
  beforeAll(async () => {
    restore = await useKubeconfig(server(), 'default')
  })
  afterAll(() => restore())

  it('prints both definitions, and asks no cluster', async () => {
    const { code, out, err } = await run()
    expect(parseAllDocuments(out).map(each => each.toJS())).toEqual(
      kinds.map(kind => customResourceDefinition(kind)),
    )
    expect({ code, err }).toEqual({ code: 0, err: '' })
  })

  it('says what right is lacking', async () => {
    const { code, err } = await run('--apply', '--context=stranger')
    expect(code).toBe(1)
    expect(err).toMatch(/^clustersidecarprofiles\.pillion\.dev is not applied: 403: .* cannot patch resource/)
  })

  it('applies them where there are none', async () => {
    expect(await run('--apply')).toEqual({
      code: 0,
      out: '',
      err: names.map(name => `${name}: applied\n`).join(''),
    })
    const profiles = '/apis/pillion.dev/v1alpha1/clustersidecarprofiles'
    await until('profiles can be stored', 20_000, async () => {
      return (await server().request('GET', profiles)).status === 200
    })
  })

  it('brings older ones up to date, whoever wrote them', async () => {
    const [name] = names
    const older = [{ op: 'remove', path: '/spec/names/shortNames' }]
    const path = `${definitions}/${name}?fieldManager=helm`
    const { status } = await server().request('PATCH', path, older, {
      contentType: 'application/json-patch+json',
    })
    expect(status).toBe(200)
    expect((await run('--apply')).code).toBe(0)
    const { body } = await server().request<{ spec: { names: object } }>('GET', `${definitions}/${name}`)
    expect(body.spec.names).toMatchObject({ shortNames: ['csp'] })
  })

  it('deletes them, and is content where there are none', async () => {
    expect((await run('--delete')).err).toBe(names.map(name => `${name}: deleted\n`).join(''))
    await until('both are gone', 20_000, async () => {
      const answers = await Promise.all(names.map(name => server().request('GET', `${definitions}/${name}`)))
      return answers.every(({ status }) => status === 404)
    })
    expect(await run('--delete')).toEqual({
      code: 0,
      out: '',
      err: names.map(name => `${name}: was not there\n`).join(''),
    })
  })

  it('does not do both', async () => {
    expect(await run('--apply', '--delete')).toMatchObject({
      code: 2,
      err: expect.stringContaining('cannot be used with'),
    })
  })
})

const run = (...args: readonly string[]) => pillion('crds', ...args)
