import { equal, type Json, type JsonObject } from '../../json/json.ts'
import { parseQuantity } from '../../profile/check/quantity.ts'
import { appPlaces, containerLists, normalPath } from '../../profile/places.ts'
import generated from './defaulting.gen.json' with { type: 'json' }

/** What the API server makes of one field of core/v1 when it is absent or zero. */
export interface Field {
  /** What stands for it where it is absent. */
  readonly default?: Json
  /** Its zero value (`''`, `0`, `false`, `[]`, `{}`) is as good as absent; of a pointer in Go it is not. */
  readonly dropsZero?: boolean
  readonly quantity?: boolean
  readonly members?: Readonly<Record<string, Field>>
  /** Of a list that Kubernetes merges by a key, to which other webhooks add. Any other list is one value. */
  readonly itemKey?: (item: JsonObject) => string
  /** A path, in which doubled and trailing slashes make no difference. */
  readonly isPath?: boolean
  /** Others rewrite it after us, or its default follows from something beside it. */
  readonly isFree?: boolean
}

/** What is known of a member of an object, or of the value of a map. */
export function memberOf({ members, quantity }: Field, name: string): Field {
  if (!members) return quantity ? { quantity } : exact
  return Object.hasOwn(members, name) ? members[name]! : exact
}

/** What is known of each item of a list. */
export function itemOf({ members = {} }: Field): Field {
  return { members }
}

/** The API server writes it as it is: what the table does not mention, labels, the strings in a list. */
const exact: Field = {}

/**
 * The table that `tools/kubernetes-api.ts` learns from a real API server, and what no table says: keys,
 * paths, and defaults that follow from another field (pkg/apis/core/v1/defaults.go).
 */
const { container, volume, dnsConfig } = generated as Readonly<
  Record<'container' | 'volume' | 'dnsConfig', Field>
>

export const fields = {
  container: withMembers(container, {
    // By the tag (SetDefaults_Container), and by the admission plugin AlwaysPullImages.
    imagePullPolicy: { isFree: true },
    // LimitRanger, autoscalers.
    resources: { isFree: true },
    env: { itemKey: appPlaces.env.nameOf },
    volumeMounts: {
      itemKey: appPlaces.volumeMounts.nameOf,
      members: { ...container.members?.['volumeMounts']?.members, mountPath: { isPath: true } },
    },
    ports: { itemKey: ({ containerPort, protocol }) => `${containerPort ?? 0}/${protocol || 'TCP'}` },
    volumeDevices: { itemKey: containerLists.volumeDevices.nameOf },
  }),
  volume: withMembers(volume, {
    // By the tag (SetDefaults_Volume), and by the admission plugin AlwaysPullImages.
    image: { members: { ...volume.members?.['image']?.members, pullPolicy: { isFree: true } } },
    ephemeral: { members: { volumeClaimTemplate: claimTemplate() } },
  }),
  dnsConfig,
  exact,
} satisfies Readonly<Record<string, Field>>

/** What is known of an item at a place of the Pod as a whole, `[field]`, or of an app container, `['app', container, list]`. */
export function fieldAt([field = '', , list = '']: readonly string[]): Field {
  if (field !== 'app') return memberOf({ members: fields }, field)
  return itemOf(memberOf(fields.container, list))
}

/** In Go these are no pointers, so that they are written even when nothing is in them. */
function claimTemplate(): Field {
  const template = volume.members?.['ephemeral']?.members?.['volumeClaimTemplate'] ?? {}
  return withMembers(template, {
    metadata: { dropsZero: true },
    spec: withMembers(template.members?.['spec'] ?? {}, { resources: { dropsZero: true } }),
  })
}

function withMembers(field: Field, known: Readonly<Record<string, Field>>): Field {
  const members = { ...field.members }
  for (const [name, more] of Object.entries(known)) members[name] = { ...members[name], ...more }
  return { ...field, members }
}

/** A value as the API server has it before webhooks see it; undefined where it has nothing. */
export function defaulted(value: Json | undefined, field: Field): Json | undefined {
  const isAbsent = value === undefined || value === null || (field.dropsZero === true && isZero(value))
  return isAbsent ? (field.default ?? undefined) : value
}

function isZero(value: Json): boolean {
  if (value === '' || value === 0 || value === false) return true
  if (typeof value !== 'object' || value === null) return false
  return Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0
}

/** Whether two values that are neither lists nor objects are the same for the API server. */
export function isSameScalar(a: Json | undefined, b: Json, { isPath, quantity }: Field): boolean {
  if (isPath) return normalPath(a) === normalPath(b)
  return equal(a, b) || (quantity === true && isSameQuantity(a, b))
}

/** The API server writes `1Gi` for 1024Mi. */
function isSameQuantity(a: Json | undefined, b: Json): boolean {
  const [x, y] = [a, b].map(value => parseQuantity(String(value)))
  return x !== undefined && x === y
}
