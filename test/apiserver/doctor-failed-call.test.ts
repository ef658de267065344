import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Finding } from '../../src/cli/checks/finding.ts'
import type { Ran } from '../../src/cli/recorded.fixture.ts'
import type { JsonObject } from '../../src/json/json.ts'
import { changed, everyWebhook } from './changed.ts'
import { install, serveIn } from './deployed.ts'
import { pillion, useKubeconfig } from './kubeconfig.ts'
import { describeWithApiServer } from './suite.ts'
import { until } from './until.ts'

const configuration = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/pillion'
const deployment = '/apis/apps/v1/namespaces/pillion/deployments/pillion'

describeWithApiServer('doctor, when every call of Pillion fails', server => {
  let restore: () => Promise<void>
  let early: { readonly doctor: Ran; readonly status: Ran }

  beforeAll(async () => {
    await server().createNamespace('shop')
    restore = await useKubeconfig(server(), 'shop')
    await install(server())
    early = { doctor: await pillion('doctor'), status: await pillion('status') }
    const running = await serveIn(server())
    await running.stop()
  })
  afterAll(() => restore())

  it('reported nothing as ok before the first replica ran', () => {
    const { code, out } = early.doctor
    expect(code).toBe(1)
    expect(out).toMatch(/^broken +webhooks +there is no MutatingWebhookConfiguration pillion$/m)
    expect(out).toMatch(/^unknown +service +no webhook calls a Service: see "webhooks"$/m)
    expect(out).toMatch(
      /^unknown +certificate +there are no webhooks, so the API server trusts no certificate/m,
    )
    expect(out).toMatch(/^warning +leader +no replica leads: /m)
    expect(out).toMatch(/^warning +profiles +no replica has accepted 2 profiles yet: log-tail, work-dir$/m)
  })

  it('had a status that says what is missing before the first replica ran', () => {
    const { code, out, err } = early.status
    expect({ code, err }).toEqual({
      code: 1,
      err: 'broken: there is no webhook in the MutatingWebhookConfiguration pillion\n',
    })
    expect(out).toMatch(/^certificate +no certificate in the Secret pillion\/pillion-tls$/m)
    expect(out).toMatch(/^leader +none$/m)
    expect(out).toMatch(/^profiles +0 accepted, 2 pending, 0 not accepted$/m)
  })

  it.each([
    { failurePolicy: 'Ignore', says: 'would start without it' },
    { failurePolicy: 'Fail', says: 'failed calling webhook "pod.inject.pillion.dev"' },
  ])('says that the dry run is broken with failurePolicy $failurePolicy', async ({ failurePolicy, says }) => {
    await changed(server(), configuration, everyWebhook({ failurePolicy }))
    await until('it is in force', 10_000, async () => (await dryRun()).finding.message.includes(says))
    expect(await dryRun()).toMatchObject({
      code: 1,
      finding: {
        status: 'broken',
        hint: expect.stringMatching(/^see "webhooks", "service" and "certificate" above, /),
      },
    })
  })

  it.each(['Ignore', 'Fail'])(
    'hints at --client-ca where that is set, with failurePolicy %s',
    async failurePolicy => {
      await changed(server(), configuration, everyWebhook({ failurePolicy }))
      await changed(server(), deployment, withFlag('--client-ca=/client-ca/ca.crt'))
      const { finding } = await dryRun()
      expect(finding).toMatchObject({ status: 'broken', hint: expect.stringContaining('docs/admin.md') })
      expect(finding.hint).toContain('--client-ca')
    },
  )

  it('names the NetworkPolicies that may be why', async () => {
    await changed(server(), configuration, everyWebhook({ failurePolicy: 'Ignore' }))
    const policies = '/apis/networking.k8s.io/v1/namespaces/pillion/networkpolicies'
    const spec = { podSelector: {}, policyTypes: ['Ingress'] }
    const policy = { metadata: { name: 'narrow' }, spec }
    expect(await server().request('POST', policies, policy)).toMatchObject({ status: 201 })
    expect((await dryRun()).finding.hint).toMatch(
      /; the NetworkPolicies of namespace pillion must let the API server reach .*webhookFrom\): narrow$/,
    )
    await server().request('DELETE', `${policies}/narrow`)
  })

  async function dryRun(): Promise<{ code: number; finding: Finding }> {
    const { code, out } = await pillion('doctor', '-o', 'json')
    const [finding] = (JSON.parse(out) as readonly Finding[]).filter(({ name }) => name === 'dry run')
    if (!finding) throw new Error('there is no dry run')
    return { code, finding }
  }
})

function withFlag(flag: string) {
  return (object: JsonObject): JsonObject =>
    JSON.parse(JSON.stringify(object).replace('"args":[', `"args":["${flag}",`)) as JsonObject
}
