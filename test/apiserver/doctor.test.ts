import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Finding } from '../../src/cli/checks/finding.ts'
import { hasMinor } from '../../src/engine/render/render.ts'
import type { JsonObject } from '../../src/json/json.ts'
import { revision } from '../../src/profile/revision.ts'
import type { Running } from '../../src/server/main.ts'
import {
  changed,
  endpoint,
  everyWebhook,
  otherWebhook,
  withArgument,
  withDescription,
  withImage,
  withoutRule,
  withSpec,
  withVariable,
} from './changed.ts'
import { deploy, post } from './deployed.ts'
import { startDroppingWebhook } from './dropping-webhook.ts'
import { from, kubernetesVersion } from './from.ts'
import { pillion, useKubeconfig } from './kubeconfig.ts'
import { createPod, podFor } from './pods.ts'
import { describeWithApiServer } from './suite.ts'
import { until } from './until.ts'

const configurations = (name: string) =>
  `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${name}`
const configuration = configurations('pillion')
const policy = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/pillion-token'
const binding = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/pillion-token'
const slice = '/apis/discovery.k8s.io/v1/namespaces/pillion/endpointslices/pillion-1'
const secret = '/api/v1/namespaces/pillion/secrets/pillion-tls'
const profiles = '/apis/pillion.dev/v1alpha1/clustersidecarprofiles'

const hasPolicies = hasMinor(kubernetesVersion, 30)
/** One for each kind of profiles. */
const revisionPolicies = Array<string>(2).fill('warning revision policy')

/** One change of the cluster, and what doctor finds then. */
interface Broken {
  readonly what: string
  readonly path: string
  readonly change: (object: JsonObject) => JsonObject
  readonly status: Finding['status']
  readonly check: string
}

describeWithApiServer('an installation', server => {
  let restore: () => Promise<void>
  let running: Running

  beforeAll(async () => {
    await server().createNamespace('shop')
    restore = await useKubeconfig(server(), 'shop')
    running = await deploy(server())
  })
  afterAll(async () => {
    await running.stop()
    await restore()
  })

  describe('that is healthy', () => {
    it('is in order by every check', async () => {
      const { code, out, err } = await pillion('doctor')
      expect({ code, err }).toEqual({ code: 0, err: '' })
      const findings = [...out.matchAll(/^(ok|warning|broken|unknown) +(\w+(?: \w+)?)/gm)]
      expect(findings.length).toBeGreaterThanOrEqual(15)
      expect(findings.flatMap(([, found, check]) => (found === 'ok' ? [] : `${found} ${check}`))).toEqual(
        hasPolicies ? [] : ['warning versions', 'warning token policy', ...revisionPolicies],
      )
      expect(out).toMatch(/^ok +dry run +a Pod that requests log-tail in namespace shop gets it$/m)
    })

    it('is shown on one screen', async () => {
      const { code, out, err } = await pillion('status')
      expect({ code, err }).toEqual({ code: 0, err: '' })
      expect(out).toMatch(/^installation +pillion\/pillion$/m)
      expect(out).toMatch(/^replicas +2 of 2 ready$/m)
      expect(out).toMatch(/^workloads +no Pod is missed, denied or outdated$/m)
      expect(out).toMatch(/^profiles +2 accepted, 0 pending, 0 not accepted$/m)
      expect(out).toMatch(/^certificate +valid until \d{4}-\d\d-\d\d \(89 days\)$/m)
      expect(out).toMatch(/^trusted +1 CA, until \d{4}-\d\d-\d\d$/m)
      expect(out).toMatch(/^leader +replica-1_/m)
      expect(out).toMatch(/^- +log-tail +[0-9a-f]{10} +yes +[0-9a-f]{10} +-$/m)
    })

    it('is shown to programs', async () => {
      const { code, out } = await pillion('status', '-o', 'json')
      expect(code).toBe(0)
      expect(JSON.parse(out)).toMatchObject({
        installation: { namespace: 'pillion', name: 'pillion' },
        replicas: { ready: 2, wanted: 2 },
        webhooks: [
          { name: 'pod.inject.pillion.dev', failurePolicy: 'Ignore' },
          { name: 'namespace.inject.pillion.dev', failurePolicy: 'Ignore' },
        ],
        certificate: { expires: expect.stringMatching(/^\d{4}-/) },
        leader: expect.stringMatching(/^replica-1_/),
        workloads: { missed: 0, denied: 0, outdated: 0, blocked: 0 },
        profiles: [{ namespace: null, name: 'log-tail', accepted: 'yes' }, { name: 'work-dir' }],
        blocked: [],
        problems: [],
      })
    })

    it('ends status --watch at once', async () => {
      const { code, out } = await pillion('status', '--watch', '--timeout', '1s')
      expect(code).toBe(0)
      expect(out).toMatch(/^replicas +2 of 2 ready$/m)
    })

    it('leaves no trace of being looked at', async () => {
      await pillion('doctor')
      const { body } = await server().request<{ items: object[] }>('GET', '/api/v1/namespaces/shop/pods')
      expect(body.items).toEqual([])
    })
  })

  describe('as somebody without rights sees it', () => {
    it('is unknown rather than broken, and says what to ask for', async () => {
      const { code, out, err } = await pillion('doctor', '--context', 'stranger')
      expect({ code, err }).toEqual({ code: 0, err: '' })
      const known = [...out.matchAll(/^(ok|warning|broken) +(\w+)/gm)].map(
        ([, found, check]) => `${found} ${check}`,
      )
      // Everybody may read the version of Kubernetes.
      expect(known).toEqual(hasPolicies ? [] : ['warning versions'])
      expect(out).toMatch(
        /^unknown +leader +you may not get leases\.coordination\.k8s\.io\/pillion in namespace/m,
      )
      expect(out).toMatch(/^unknown +permissions +you may not create subjectaccessreviews\.authorization/m)
      expect(out).toMatch(/^unknown +certificate +you may not get mutatingwebhookconfigurations/m)
      expect(out).not.toContain('there is no CA')
    })

    it('has a status that says what cannot be seen', async () => {
      const { code, out } = await pillion('status', '--context', 'stranger')
      expect(code).toBe(0)
      expect(out).toMatch(/^replicas +you may not get deployments\.apps\/pillion in namespace pillion: ask/m)
      expect(out).toMatch(/^trusted +you may not get mutatingwebhookconfigurations/m)
    })
  })

  describe('with Pods that lack something', () => {
    beforeAll(async () => {
      const owner = { controller: { kind: 'StatefulSet', name: 'db' } }
      const requests = (profiles: string) => ({ annotations: { 'pillion.dev/inject': profiles } })
      await server().createNamespace('bank')
      // Nobody is asked about Pods of this namespace now, as in an outage.
      const { body } = await server().request<JsonObject>('GET', configuration)
      await server().request('DELETE', configuration)
      await until('a Pod is missed', 20_000, async () => {
        await server().request('DELETE', '/api/v1/namespaces/bank/pods/db-0?gracePeriodSeconds=0')
        await createPod(server(), 'bank', podFor('db-0', { ...requests('log-tail'), ...owner }))
        return !JSON.stringify(await server().request('GET', '/api/v1/namespaces/bank/pods/db-0')).includes(
          'pillion.dev/status',
        )
      })
      await createPod(server(), 'bank', podFor('db-1', { ...requests('log-tail'), ...owner }))
      await createPod(server(), 'bank', podFor('bare', requests('log-tial')))
      const { metadata, ...rest } = body as { metadata: JsonObject }
      const { resourceVersion: _, uid: __, ...kept } = metadata
      await server().request('POST', configuration.replace(/\/pillion$/, ''), { ...rest, metadata: kept })
      await until('it works again', 20_000, async () => (await pillion('status', '-n', 'shop')).code === 0)
    })
    afterAll(async () => {
      for (const name of ['db-0', 'db-1', 'bare'])
        await server().request('DELETE', `/api/v1/namespaces/bank/pods/${name}?gracePeriodSeconds=0`)
    })

    it('reports them, and how to find them', async () => {
      const { code, found } = await findings('pods')
      expect(code).toBe(0)
      expect(found.map(({ status, message, hint }) => [status, message, hint])).toEqual([
        ['warning', '1 Pod of 1 workload would be denied now: nothing can replace them', 'pillion sweep -A'],
        ['warning', '2 Pods of 1 workload run without what they requested', 'pillion sweep -A'],
      ])
    })

    it('is shown with them', async () => {
      const { code, out } = await pillion('status')
      expect(code).toBe(0)
      expect(out).toMatch(/^workloads +2 Pods missed, 1 Pod denied \(pillion sweep -A\)$/m)
      expect((await pillion('status', '-n', 'shop')).out).toMatch(/^workloads +no Pod is missed/m)
    })

    it('is shown with workloads that cannot create Pods', async () => {
      const message = 'Error creating: admission webhook "pod.inject.pillion.dev" denied the request: no'
      const time = new Date().toISOString()
      await server().request('POST', '/api/v1/namespaces/bank/events', {
        metadata: { name: 'set.1' },
        involvedObject: { kind: 'CloneSet', namespace: 'bank', name: 'set', uid: 'u' },
        reason: 'FailedCreate',
        message,
        firstTimestamp: time,
        lastTimestamp: time,
      })
      const event = '/api/v1/namespaces/bank/events/set.1'
      onTestFinished(async () => void (await server().request('DELETE', event)))
      expect((await findings('pods')).found[0]).toMatchObject({
        status: 'warning',
        message: expect.stringMatching(
          /^cloneset\/set in namespace bank cannot create Pods: admission webhook/,
        ),
        hint: 'kubectl get events -n bank --field-selector involvedObject.name=set',
      })
      expect((await pillion('status')).out).toMatch(/^bank +cloneset\/set +- +Blocked +admission webhook/m)
    })
  })

  describe('in which something is wrong', () => {
    const cases: readonly Broken[] = [
      { what: 'nobody is ready', path: slice, change: endpoint(false), status: 'broken', check: 'service' },
      {
        what: 'one replica is ready',
        path: slice,
        change: endpoint(true),
        status: 'warning',
        check: 'service',
      },
      {
        what: 'a webhook is called for its own namespace',
        path: configuration,
        change: everyWebhook({ namespaceSelector: {} }),
        status: 'warning',
        check: 'webhooks',
      },
      {
        what: 'a Pod that asks is not asked about',
        path: configuration,
        change: everyWebhook({ namespaceSelector: { matchLabels: { none: 'such' } } }),
        status: 'broken',
        check: 'webhooks',
      },
      {
        what: 'a webhook that only warns denies when nobody answers',
        path: configuration.replace('mutating', 'validating'),
        change: everyWebhook({ failurePolicy: 'Fail' }),
        status: 'warning',
        check: 'webhooks',
      },
      {
        what: 'the server may not read namespaces',
        path: '/apis/rbac.authorization.k8s.io/v1/clusterroles/pillion',
        change: withoutRule('namespaces'),
        status: 'broken',
        check: 'permissions',
      },
      {
        what: 'the sweep may create no Event',
        path: '/apis/rbac.authorization.k8s.io/v1/clusterroles/pillion-sweep',
        change: withoutRule('events'),
        status: 'warning',
        check: 'permissions',
      },
      {
        what: 'the policy for the token only warns',
        path: binding,
        change: withSpec({ validationActions: ['Audit', 'Warn'] }),
        status: 'warning',
        check: 'token policy',
      },
      {
        what: 'the policy for the token holds in some namespaces',
        path: binding,
        change: withSpec({ matchResources: { namespaceSelector: { matchLabels: { a: 'b' } } } }),
        status: 'warning',
        check: 'token policy',
      },
      {
        what: 'the policy is for another token',
        path: policy,
        change: withSpec({ matchConditions: [{ name: 'never', expression: 'false' }] }),
        status: 'warning',
        check: 'token policy',
      },
      {
        what: 'the policy for the token fails open',
        path: policy,
        change: withSpec({ failurePolicy: 'Ignore' }),
        status: 'warning',
        check: 'token policy',
      },
      {
        what: 'the sweep is to evict, and the policy refuses that',
        path: '/apis/apps/v1/namespaces/pillion/deployments/pillion',
        change: withArgument('--sweep-evict=none', '--sweep-evict=missed'),
        status: 'warning',
        check: 'token policy',
      },
      {
        what: 'the sweep is to evict by the last of two flags, as an overlay writes it, and the policy refuses that',
        path: '/apis/apps/v1/namespaces/pillion/deployments/pillion',
        change: withArgument('--sweep-evict=none', '--sweep-evict=none","--sweep-evict=missed'),
        status: 'warning',
        check: 'permissions',
      },
      {
        what: 'the policy allows evictions, and the sweep makes none',
        path: policy,
        change: withVariable('mayEvict', 'true'),
        status: 'warning',
        check: 'token policy',
      },
      {
        what: 'rollouts are on, and the policy refuses them',
        path: '/apis/apps/v1/namespaces/pillion/deployments/pillion',
        change: withArgument('--sweep-evict=none', '--sweep-evict=none","--rollout=true'),
        status: 'warning',
        check: 'token policy',
      },
      {
        what: 'rollouts are on, and may change no Pod',
        path: '/apis/apps/v1/namespaces/pillion/deployments/pillion',
        change: withArgument('--sweep-evict=none', '--sweep-evict=none","--rollout=true'),
        status: 'warning',
        check: 'permissions',
      },
      {
        what: 'the policy allows changes of Pods, and there are no rollouts',
        path: policy,
        change: withVariable('mayUpdatePods', 'true'),
        status: 'warning',
        check: 'token policy',
      },
      {
        what: 'the policy for the token allows more',
        path: policy,
        change: withSpec({ validations: [{ expression: 'true' }] }),
        status: 'warning',
        check: 'token policy',
      },
      {
        what: 'a policy for the revisions of profiles fails open',
        path: `${policy}-sidecarprofiles`,
        change: withSpec({ failurePolicy: 'Ignore' }),
        status: 'warning',
        check: 'revision policy',
      },
      {
        what: 'a policy for the revisions of profiles holds for one profile',
        path: `${binding}-clustersidecarprofiles`,
        change: withSpec({ paramRef: { name: 'logging', parameterNotFoundAction: 'Allow' } }),
        status: 'warning',
        check: 'revision policy',
      },
      {
        what: 'the kind of profiles is of another version',
        path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/sidecarprofiles.pillion.dev',
        change: withDescription,
        status: 'warning',
        check: 'custom resources',
      },
      {
        what: 'the server is of another version',
        path: '/apis/apps/v1/namespaces/pillion/deployments/pillion',
        change: withImage('registry.example/pillion:9.9.9'),
        status: 'warning',
        check: 'versions',
      },
    ]
    const isOfPolicy = ({ check }: Broken) => check.endsWith(' policy')

    it.each(cases.filter(each => !isOfPolicy(each)))('$what: $check is $status', isFound)
    it.each(cases.filter(isOfPolicy))('$what: $check is $status', from('1.30'), isFound)

    async function isFound({ path, change, status, check }: Broken): Promise<void> {
      await changed(server(), path, change)
      // RBAC and configurations are in force a moment after they are stored.
      await until(`${check} is ${status}`, 5_000, async () => {
        const { code, found } = await findings(check)
        return found.some(each => each.status === status && each.hint) && (status !== 'broken' || code === 1)
      })
    }

    it('names a profile that is not accepted, and what is wrong with it', async () => {
      const containers = [{ name: 'a', image: '$(params.nothing)' }]
      await created({ kind: 'ClusterSidecarProfile', metadata: { name: 'bad' }, spec: { containers } })
      const { code, found } = await findings('profiles')
      expect(code).toBe(1)
      expect(found[0]).toMatchObject({
        status: 'broken',
        message: expect.stringMatching(/^bad is not accepted \(Invalid\): spec\.containers\[0\]\.image: /),
      })
    })

    it('names a revision that is in use, and that somebody deleted', async () => {
      const spec = { containers: [{ name: 'a', image: 'a:1' }] }
      await created({ kind: 'ClusterSidecarProfile', metadata: { name: 'lost' }, spec })
      const name = `lost-${revision(spec)}`
      const path = `/apis/apps/v1/namespaces/pillion/controllerrevisions/${name}`
      await until('it is kept', 10_000, async () => (await server().request('GET', path)).status === 200)
      const read = async () => (await server().request<{ status?: object }>('GET', `${profiles}/lost`)).body
      await until('it is named', 10_000, async () =>
        JSON.stringify((await read()).status ?? {}).includes(name),
      )
      const containers = [{ name: 'a', image: '$(params.nothing)' }]
      await server().request('PATCH', `${profiles}/lost`, { spec: { containers } })
      // As long as the leader has the spec that was accepted, it keeps its revision again.
      await until('the next one is refused', 10_000, async () =>
        JSON.stringify((await read()).status ?? {}).includes('params.nothing'),
      )
      await server().request('DELETE', path)
      const { found } = await findings('profiles')
      expect(found).toContainEqual(
        expect.objectContaining({
          status: 'warning',
          message: expect.stringContaining(`somebody deleted or replaced the ControllerRevision ${name}`),
        }),
      )
    })

    it('warns of a rollout that failed, and shows it in the status', async () => {
      const spec = { containers: [{ name: 'slow', image: 'a:2' }], rollout: { canary: { percent: 5 } } }
      await created({ kind: 'ClusterSidecarProfile', metadata: { name: 'slow' }, spec })
      const failed = {
        phase: 'Degraded',
        stable: '0123456789',
        canary: revision(spec),
        percent: 5,
        progress: '1/37',
        message: 'Pod shop/web-1: ImagePullBackOff',
      }
      const path = `${profiles}/slow/status`
      await server().request('PATCH', path, { status: { rollout: failed } })
      // Its stable revision is not kept either, which is another warning.
      const found = async () =>
        (await findings('profiles')).found.find(({ message }) => /^the rollout of slow failed/.test(message))
      await until('it is found', 5_000, async () => (await found()) !== undefined)
      expect(await found()).toMatchObject({
        status: 'warning',
        message: expect.stringContaining(': Pod shop/web-1: ImagePullBackOff'),
        hint: 'pillion rollout undo slow goes back to revision 0123456789; pillion rollout resume slow tries again',
      })
      // The leader counts the Pods again.
      expect((await pillion('status')).out).toMatch(/^- +slow .* Degraded 5 % (1\/37|0\/0)$/m)
    })

    it('warns of a webhook after ours that may drop what makes a sidecar', async () => {
      await otherWebhook(server(), 'z-pod-identity-webhook')
      expect((await findings('other webhooks')).found[0]).toMatchObject({
        status: 'warning',
        message: expect.stringContaining('(z-pod-identity-webhook) is called after Pillion'),
      })
    })

    it('only names one that is not known to', async () => {
      await otherWebhook(server(), 'zebra')
      expect((await findings('other webhooks')).found[0]).toMatchObject({
        status: 'ok',
        message: 'called after Pillion: zebra; none is known to drop restartPolicy',
      })
    })
  })

  it('does not work with a webhook after ours that drops what makes a sidecar', from('1.29'), async () => {
    const { configuration, stop } = await startDroppingWebhook()
    await post(server(), configuration)
    onTestFinished(async () => {
      await server().request('DELETE', configurations('zealous'))
      stop()
    })
    await until('it drops', 5_000, async () => (await findings('dry run')).code === 1)
    expect((await findings('dry run')).found[0]).toMatchObject({
      status: 'broken',
      message: expect.stringContaining('a Pod that requests log-tail in namespace shop is denied: '),
      hint: expect.stringContaining('another webhook removes restartPolicy'),
    })
  })

  describe('that is not there', () => {
    const notInstalled =
      'Pillion is not installed: there is no MutatingWebhookConfiguration other and no Deployment other/other\n'
    const hint =
      'helm install pillion charts/pillion -n pillion --create-namespace, after the steps in docs/helm.md; or see deploy/README.md'

    it('is waited for by status --watch', async () => {
      const { code, out, err } = await pillion('status', '--name', 'other', '--watch', '--timeout', '1s')
      expect({ code, out }).toEqual({ code: 1, out: 'installation  not there\n' })
      expect(err).toContain('the installation does not work after 1 second')
    })

    it('is what doctor says of another name', async () => {
      const { code, out } = await pillion('doctor', '--name', 'other')
      expect(code).toBe(1)
      expect(out).toBe(
        `broken   installation  ${notInstalled}                       hint: ${hint}\n\n1 broken\n`,
      )
    })

    it('is what status says of one', async () => {
      expect(await pillion('status', '--name', 'other')).toEqual({
        code: 1,
        out: '',
        err: `${notInstalled}hint: ${hint}\n`,
      })
    })

    it.each(['doctor', 'status'])('%s needs a context that there is', async command => {
      const { code, out, err } = await pillion(command, '--context', 'nowhere')
      expect({ code, out }).toEqual({ code: 2, out: '' })
      expect(err).toMatch(/^the kubeconfig has no context "nowhere"; it has admin, str.*\n$/)
    })
  })

  // The last ones, because nobody repairs anything then.
  describe('whose server has stopped', () => {
    beforeAll(async () => {
      await running.stop()
      await until('nobody leads', 10_000, async () => (await findings('leader')).found[0]?.status !== 'ok')
    })

    it('lets Pods start without what they ask for, and counts them', async () => {
      const { code, found } = await findings('dry run')
      expect(code).toBe(1)
      expect(found[0]).toMatchObject({
        status: 'broken',
        message: expect.stringContaining('would start without it'),
      })
      expect((await findings('failed calls')).found[0]).toMatchObject({
        status: 'warning',
        message: expect.stringMatching(
          /^\d+ of \d+ calls failed while doctor ran, and the Pods started without injection$/,
        ),
      })
    })

    it('says what a stolen token may do when the policy for it is gone', from('1.30'), async () => {
      await server().request('DELETE', binding)
      expect((await findings('token policy')).found).toEqual([
        {
          name: 'token policy',
          status: 'warning',
          message:
            'there is no ValidatingAdmissionPolicyBinding pillion-token, which needs Kubernetes 1.30: a stolen token of Pillion can take over the cluster',
          hint: expect.stringContaining('kubectl apply -k deploy/'),
        },
      ])
    })

    it('is not trusted when the caBundle is empty', async () => {
      await changed(server(), configuration, everyWebhook({ clientConfig: undefined }))
      expect((await findings('certificate')).found[0]).toMatchObject({
        status: 'broken',
        message: 'the caBundle of pod.inject.pillion.dev is empty: every call fails',
      })
      await createPod(server(), 'shop', podFor('late', { annotations: { 'pillion.dev/inject': 'log-tail' } }))
      expect(await pillion('explain', 'pod', 'late', '-n', 'shop')).toMatchObject({
        code: 1,
        out: expect.stringContaining('first repair Pillion (pillion doctor). Then:'),
      })
    })

    it('is not trusted when the Secret holds what another authority signed', async () => {
      const { issueCertificate } = await import('../../src/cluster/certificate/certificate-authority.ts')
      const { cert } = await issueCertificate({ dnsNames: ['pillion.pillion.svc'], days: 1 })
      const encoded = Buffer.from(cert).toString('base64')
      await changed(server(), secret, object => ({
        ...object,
        data: { ...(object['data'] as object), 'tls.crt': encoded },
      }))
      const { found } = await findings('certificate')
      expect(found.map(({ status, message }) => `${status}: ${message}`)).toContain(
        'broken: the caBundle of pod.inject.pillion.dev does not trust the certificate in the Secret pillion/pillion-tls',
      )
    })

    it('has no profiles when their kind is gone', async () => {
      const path =
        '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/clustersidecarprofiles.pillion.dev'
      await server().request('DELETE', path)
      await until('it is gone', 10_000, async () => (await server().request('GET', path)).status === 404)
      expect((await findings('custom resources')).found[0]).toMatchObject({
        status: 'broken',
        message: 'the CRD of ClusterSidecarProfile is not installed: no profile can be stored',
      })
      const missing =
        'the CRDs of profiles (pillion.dev/v1alpha1) are not installed, so there are no profiles'
      expect(await pillion('sweep', '-A')).toEqual({ code: 2, out: '', err: `${missing}\n` })
      const { code, err } = await pillion('status')
      expect({ code, err }).toEqual({
        code: 1,
        err: expect.stringContaining('\nbroken: the CRDs of profiles are not installed\n'),
      })
    })
  })

  /** What one check finds now, and how doctor ends. */
  async function findings(check: string): Promise<{ code: number; found: readonly Finding[] }> {
    const { code, out } = await pillion('doctor', '-o', 'json')
    return { code, found: (JSON.parse(out) as readonly Finding[]).filter(({ name }) => name === check) }
  }

  /** Creates a profile for the time of a test; nobody reviews it. */
  async function created(profile: JsonObject): Promise<void> {
    const review = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/pillion'
    await changed(
      server(),
      review,
      everyWebhook({ namespaceSelector: {}, objectSelector: { matchLabels: { no: 'ne' } } }),
    )
    const { name } = profile['metadata'] as { readonly name: string }
    await until('it is stored', 5_000, async () => {
      const object = { apiVersion: 'pillion.dev/v1alpha1', ...profile }
      return (await server().request('POST', profiles, object)).status === 201
    })
    onTestFinished(async () => void (await server().request('DELETE', `${profiles}/${name}`)))
  }
})
