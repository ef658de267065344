import { concernsPods, webhooksOf } from '../../engine/select/call-path.ts'
import { type JsonObject, metadataOf } from '../../json/json.ts'
import { webhookConfigurations } from '../cluster/installation.ts'
import { check, read, warning } from './finding.ts'

/**
 * The mutating webhooks that the API server calls after Pillion: their configuration has a later name, or they are called
 * again. A webhook compiled against a core/v1 older than 1.28 drops `restartPolicy` from init containers, and a sidecar
 * without it never lets the app start. Only the dry run shows whether one does.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#reinvocation-policy
 */
export const otherWebhooks = check('other webhooks', async function* ({ cluster, name: ours }) {
  const configurations = read(await cluster.list(`${webhookConfigurations}/mutatingwebhookconfigurations`))
  const later = (configurations ?? []).flatMap(configuration => laterIn(configuration, ours))
  for (const { configuration, webhook } of later)
    if (known.some(text => `${configuration} ${webhook}`.includes(text)))
      yield warning(
        `${webhook} (${configuration}) is called after Pillion, and old versions of it drop restartPolicy from sidecars`,
        'update it; the check "dry run" shows whether it drops restartPolicy here',
      )
  const names = [...new Set(later.map(({ configuration }) => configuration))].sort()
  return names.length === 0
    ? 'no other webhook changes Pods after Pillion'
    : `called after Pillion: ${names.join(', ')}; none is known to drop restartPolicy`
})

/**
 * Each had a version that did, see aws/amazon-eks-pod-identity-webhook#208, DataDog/datadog-operator#1116,
 * doitintl/kube-secrets-init#53, doitintl/gtoken#38, GoogleCloudPlatform/berglas#264.
 */
const known = ['pod-identity-webhook', 'datadog', 'secrets-init', 'gtoken', 'berglas']

function laterIn(configuration: JsonObject, ours: string) {
  const name = String(metadataOf(configuration)['name'])
  if (name === ours) return []
  return webhooksOf(configuration)
    .filter(concernsPods)
    .filter(({ reinvocationPolicy }) => name > ours || reinvocationPolicy === 'IfNeeded')
    .map(webhook => ({ configuration: name, webhook: String(webhook['name']) }))
}
