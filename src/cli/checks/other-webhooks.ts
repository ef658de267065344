import { concernsPods, webhooksOf } from '../../engine/select/call-path.ts'
import { type JsonObject, metadataOf } from '../../json/json.ts'
import { webhookConfigurations } from '../cluster/installation.ts'
import { type Check, findingsOf } from './finding.ts'

const { ok, warning, unknown } = findingsOf('other webhooks')

/**
 * The mutating webhooks that the API server calls after Pillion: their configuration has a later name, or they are called
 * again. A webhook compiled against a core/v1 older than 1.28 drops `restartPolicy` from init containers, and a sidecar
 * without it never lets the app start. Only the dry run shows whether one does.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#reinvocation-policy
 */
export const otherWebhooks: Check = async ({ cluster, name: ours }) => {
  const seen = await cluster.list(`${webhookConfigurations}/mutatingwebhookconfigurations`)
  if (seen.state !== 'there')
    return [unknown(seen.state === 'unknown' ? seen.why : 'the API server has no webhook configurations')]
  const later = seen.value.flatMap(configuration => laterIn(configuration, ours))
  if (later.length === 0) return [ok('no other webhook changes Pods after Pillion')]
  const suspects = later.filter(({ configuration, webhook }) =>
    known.some(text => `${configuration} ${webhook}`.includes(text)),
  )
  const names = [...new Set(later.map(({ configuration }) => configuration))].sort()
  return suspects.length === 0
    ? [ok(`called after Pillion: ${names.join(', ')}; none is known to drop restartPolicy`)]
    : suspects.map(({ configuration, webhook }) =>
        warning(
          `${webhook} (${configuration}) is called after Pillion, and old versions of it drop restartPolicy from sidecars`,
          'update it; the check "dry run" shows whether it drops restartPolicy here',
        ),
      )
}

/**
 * Each had a version that did, see aws/amazon-eks-pod-identity-webhook#208, DataDog/datadog-operator#1116,
 * doitintl/kube-secrets-init#53, doitintl/gtoken#38, GoogleCloudPlatform/berglas#264.
 */
const known = ['pod-identity-webhook', 'datadog', 'secrets-init', 'gtoken', 'berglas']

interface Later {
  readonly configuration: string
  readonly webhook: string
}

function laterIn(configuration: JsonObject, ours: string): readonly Later[] {
  const name = String(metadataOf(configuration)['name'])
  if (name === ours) return []
  return webhooksOf(configuration)
    .filter(concernsPods)
    .filter(({ reinvocationPolicy }) => name > ours || reinvocationPolicy === 'IfNeeded')
    .map(webhook => ({ configuration: name, webhook: String(webhook['name']) }))
}
