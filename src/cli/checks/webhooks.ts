import { annotation, type Namespace, type Pod } from '../../engine/pod.ts'
import { type Creation, callPath, webhooksOf } from '../../engine/select/call-path.ts'
import type { JsonObject } from '../../json/json.ts'
import type { LiveInstallation } from '../cluster/installation.ts'
import type { Seen } from '../cluster/live-cluster.ts'
import { namespaceWith } from '../manifests/namespaces.ts'
import { type Check, type Finding, findingsOf } from './finding.ts'

const { ok, warning, broken, unknown } = findingsOf('webhooks')

/** Whether the webhooks exist, and for which Pods they are called: sample Pods are evaluated, no text is compared. */
export const webhooks: Check = async installation => {
  const { mutating, validating, name } = installation
  const missing = [
    ...notThere('MutatingWebhookConfiguration', mutating, name, broken),
    ...notThere('ValidatingWebhookConfiguration', validating, name, warning),
  ]
  if (mutating.state !== 'there') return missing
  const findings = [
    ...missing,
    ...calledFor(mutating.value, installation),
    ...webhooksOf(mutating.value).flatMap(settings),
  ]
  return findings.length > 0 ? findings : [ok(`${name} is called for Pods that opt in, and for no others`)]
}

function notThere(
  kind: string,
  seen: Seen<JsonObject>,
  name: string,
  severity: typeof broken,
): readonly Finding[] {
  if (seen.state === 'unknown') return [unknown(seen.why)]
  if (seen.state === 'there') return []
  return [
    severity(`there is no ${kind} ${name}`, 'kubectl apply -k deploy/ (--name selects another installation)'),
  ]
}

function calledFor(configuration: JsonObject, { namespace }: LiveInstallation): readonly Finding[] {
  const callsFor = (creation: Creation) =>
    callPath(configuration, creation).filter(({ outcome }) => outcome === 'called')
  const plain = namespaceWith({}, 'default')
  const enabled = {
    ...plain,
    labels: { ...plain.labels, [annotation.inject]: 'enabled' },
  } satisfies Namespace
  const own = namespaceWith({}, namespace)
  const inOwn = callsFor({ pod: asking, namespace: own })
  return [
    ...(callsFor({ pod: asking, namespace: plain }).length > 0
      ? []
      : [broken(`no webhook is called for a Pod with the annotation ${annotation.inject}`, asShipped)]),
    ...(callsFor({ pod: silent, namespace: enabled }).length > 0
      ? []
      : [
          warning(
            `no webhook is called for Pods of namespaces with the label ${annotation.inject}=enabled`,
            asShipped,
          ),
        ]),
    ...(callsFor({ pod: silent, namespace: plain }).length === 0
      ? []
      : [warning('every Pod of the cluster costs a call, also when it does not opt in', asShipped)]),
    ...inOwn.map(({ webhook, failurePolicy }) =>
      (failurePolicy === 'Fail' ? broken : warning)(
        `${webhook} is called for Pods of Pillion's own namespace ${namespace}: when no replica is ready, none can start`,
        `exclude ${namespace} with a namespaceSelector (kubernetes.io/metadata.name NotIn)`,
      ),
    ),
  ]
}

function settings(webhook: JsonObject): readonly Finding[] {
  const { name, failurePolicy, timeoutSeconds, reinvocationPolicy, sideEffects } = webhook
  return [
    ...(failurePolicy === 'Fail' && Number(timeoutSeconds) > 10
      ? [warning(`${name} can delay each Pod by ${timeoutSeconds} s`, 'set timeoutSeconds: 5')]
      : []),
    ...(reinvocationPolicy === 'IfNeeded'
      ? []
      : [
          warning(
            `${name} is not called again when another webhook adds a container after it`,
            'set reinvocationPolicy: IfNeeded',
          ),
        ]),
    ...(sideEffects === 'None'
      ? []
      : [
          warning(
            `${name} declares sideEffects ${String(sideEffects)}, but has none`,
            'set sideEffects: None',
          ),
        ]),
  ]
}

const asShipped = 'compare the configuration with deploy/base/webhook.yaml'

const silent: Pod = {
  metadata: { name: 'sample' },
  spec: { containers: [{ name: 'sample', image: 'sample' }] },
}
const asking: Pod = {
  ...silent,
  metadata: { name: 'sample', annotations: { [annotation.inject]: 'sample' } },
}
