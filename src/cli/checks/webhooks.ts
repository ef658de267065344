import { annotation, type Pod } from '../../engine/pod.ts'
import { callPath } from '../../engine/select/call-path.ts'
import { objectAt } from '../../json/json.ts'
import { namespaceWith } from '../../manifest/namespaces.ts'
import { webhooksIn } from '../cluster/installation.ts'
import { broken, check, unknown, warning } from './finding.ts'

/** Whether the webhooks exist, and for which Pods they are called: sample Pods are evaluated, no text is compared. */
export const webhooks = check(
  'webhooks',
  async function* ({ mutating, validating, name, namespace, repair }) {
    for (const [kind, seen, severity] of [
      ['MutatingWebhookConfiguration', mutating, broken],
      ['ValidatingWebhookConfiguration', validating, warning],
    ] as const) {
      if (seen.state === 'unknown') yield unknown(seen.why)
      if (seen.state === 'absent') yield severity(`there is no ${kind} ${name}`, repair)
    }
    for (const { name, failurePolicy, clientConfig } of webhooksIn(validating))
      if (objectAt(clientConfig, 'service')['path'] === '/warn' && failurePolicy === 'Fail')
        yield warning(
          `${name} only warns, but denies workloads and Namespaces when no replica answers`,
          'set failurePolicy: Ignore',
        )
    if (mutating.state !== 'there') return undefined

    const callsFor = (pod: Pod, at: string, labels = {}) =>
      callPath(mutating.value, { pod, namespace: namespaceWith({ labels }, at) }).filter(
        ({ outcome }) => outcome === 'called',
      )
    if (callsFor(requesting, 'default').length === 0)
      yield broken(`no webhook is called for a Pod with the annotation ${annotation.inject}`, repair)
    if (callsFor(plain, 'default', { [annotation.inject]: 'enabled' }).length === 0)
      yield warning(
        `no webhook is called for Pods of namespaces with the label ${annotation.inject}=enabled`,
        repair,
      )
    if (callsFor(plain, 'default').length > 0)
      yield warning(
        'the API server calls Pillion for every Pod of the cluster, even if the Pod does not opt in',
        repair,
      )
    for (const { webhook, failurePolicy } of callsFor(requesting, namespace))
      yield (failurePolicy === 'Fail' ? broken : warning)(
        `${webhook} is called for Pods of Pillion's own namespace ${namespace}: when no replica is ready, none can start`,
        `exclude ${namespace} with a namespaceSelector (kubernetes.io/metadata.name NotIn)`,
      )
    for (const { name, failurePolicy, timeoutSeconds, reinvocationPolicy, sideEffects } of webhooksIn(
      mutating,
    )) {
      if (failurePolicy === 'Fail' && Number(timeoutSeconds) > 10)
        yield warning(`${name} can delay each Pod by ${timeoutSeconds} s`, 'set timeoutSeconds: 5')
      if (reinvocationPolicy !== 'IfNeeded')
        yield warning(
          `${name} is not called again when another webhook adds a container after it`,
          'set reinvocationPolicy: IfNeeded',
        )
      if (sideEffects !== 'None')
        yield warning(`${name} declares sideEffects ${sideEffects}, but has none`, 'set sideEffects: None')
    }
    return `${name} is called for Pods that opt in, and for no others`
  },
)

const plain: Pod = {
  metadata: { name: 'sample' },
  spec: { containers: [{ name: 'sample', image: 'sample' }] },
}
const requesting: Pod = {
  ...plain,
  metadata: { name: 'sample', annotations: { [annotation.inject]: 'sample' } },
}
