import type { ApiServer } from '../../test/apiserver/apiserver.ts'
import { type Created, isInjectedNow } from './creation.ts'
import { askingPod, optIn, silentPod } from './pods.ts'
import { policyFor, type Registration, register, type Webhook, webhooksFor } from './registration.ts'

/** A way in which a Pod comes about, and the namespace where Pods come about so. */
const namespaces = {
  'no webhook': 'none',
  'left out by matchConditions': 'match-conditions',
  'left out by objectSelector': 'object-selector',
  Pillion: 'pillion-as-deployed',
  'Pillion, called once': 'pillion-called-once',
  'Go webhook, called once': 'go-called-once',
  MutatingAdmissionPolicy: 'policy',
} as const
export type Variant = keyof typeof namespaces
export const variants = Object.keys(namespaces) as readonly Variant[]

/** Makes the namespaces, and resolves when what belongs to each is in force there, and nowhere else. */
export async function setUp(server: ApiServer, pillion: Webhook, go: Webhook): Promise<void> {
  // The Go webhook would inject twice, were it called twice.
  const once = { reinvocationPolicy: 'Never' }
  const byLabel = { matchConditions: undefined, objectSelector: { matchLabels: optIn } }
  const registrations: Readonly<
    Record<Exclude<Variant, 'no webhook'>, (namespace: string) => Promise<Registration>>
  > = {
    'left out by matchConditions': namespace => webhooksFor(namespace, pillion),
    'left out by objectSelector': namespace => webhooksFor(namespace, pillion, byLabel),
    Pillion: namespace => webhooksFor(namespace, pillion),
    'Pillion, called once': namespace => webhooksFor(namespace, pillion, once),
    'Go webhook, called once': namespace => webhooksFor(namespace, go, once),
    MutatingAdmissionPolicy: policyFor,
  }
  for (const variant of variants) {
    const namespace = namespaces[variant]
    await server.createNamespace(namespace)
    if (variant === 'no webhook') continue
    await register(server, namespace, await registrations[variant](namespace))
  }
  if (await isInjectedNow(server, podOf('no webhook')))
    throw new Error('a namespace without a webhook has one')
}

/** The Pod whose creation shows what a variant costs. */
export function podOf(variant: Variant): Created {
  const isSilent = variant.startsWith('left out')
  return {
    namespace: namespaces[variant],
    pod: isSilent ? silentPod() : askingPod(),
    isInjected: !isSilent && variant !== 'no webhook',
  }
}
