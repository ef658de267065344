import { type Static, type TSchema, Type } from 'typebox'
import type { Json, JsonObject } from '../../json/json.ts'
import type { Schema } from '../../json/schema.ts'
import { limits } from '../../limits/limits.ts'
import { type Inheritable, inheritable } from '../../template/inherit.ts'
import { core, listWithExpressions, Selector, valueWithExpression, withExpressions } from './core-schema.ts'
import { RevisionHistoryLimit, Rollout } from './rollout-schema.ts'

/**
 * The schema of both kinds of profile. `containers`, `initContainers`, `volumes`, `env`, `envFrom` and `volumeMounts` have
 * the API server's own schema of core/v1, in which an expression may stand for any value.
 */
const closed = { additionalProperties: false }
const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/

/** Whether a text is a name as Kubernetes allows for containers and volumes (RFC 1123 label). */
export function isLabel(text: string): boolean {
  return label.test(text)
}
const Name = Type.String({ pattern: label.source, title: 'a lower-case name of letters, digits and "-"' })
const Cel = Type.String({ minLength: 1, maxLength: limits.expressionLength, title: 'a CEL expression' })
const text = { maxLength: limits.profileText }
const Text = Type.String(text)
const Sentence = Type.String({ minLength: 1, maxLength: limits.sentenceLength })
const When = { when: Type.Optional(Cel) }
const Labels = Type.Unsafe<Readonly<Record<string, string>>>({
  type: 'object',
  maxProperties: limits.profileKeys,
  additionalProperties: { type: 'string', ...text },
})

export const parameterTypes = ['string', 'integer', 'number', 'boolean', 'quantity'] as const

const items = { maxItems: limits.profileItems }

const Scalar = Type.Unsafe<string | number | boolean>({
  type: ['string', 'number', 'boolean'],
  ...text,
})

export const Parameter = Type.Object(
  {
    type: Type.Enum([...parameterTypes]),
    description: Type.Optional(Text),
    default: Type.Optional(Scalar),
    example: Type.Optional(Scalar),
    enum: Type.Optional(Type.Array(Scalar, { minItems: 1, ...items })),
    pattern: Type.Optional(
      Type.String({ maxLength: limits.patternLength, title: 'an RE2 regular expression' }),
    ),
    minimum: Type.Optional(Type.Unsafe<string | number>({ type: ['number', 'string'], ...text })),
    maximum: Type.Optional(Type.Unsafe<string | number>({ type: ['number', 'string'], ...text })),
    required: Type.Optional(Type.Boolean()),
  },
  closed,
)
export type Parameter = Static<typeof Parameter>

const Requirement = Type.Object(
  {
    expression: Cel,
    message: Sentence,
    otherwise: Type.Optional(Type.Enum(['skip', 'deny'])),
  },
  closed,
)

/** What an environment variable may have besides the members of core/v1. */
const variable = {
  ...When,
  json: Type.Optional(
    Type.Unsafe<JsonObject>({
      type: 'object',
      maxProperties: limits.profileKeys,
      title: 'an object that the variable holds as JSON text',
    }),
  ),
}

const OrderNames = Type.Array(Type.String({ maxLength: limits.nameLength }), { maxItems: limits.orderNames })
const Order = Type.Object({ before: Type.Optional(OrderNames), after: Type.Optional(OrderNames) }, closed)
export type Order = Static<typeof Order>

const Container = Type.Unsafe<
  Omit<JsonObject, 'order'> & {
    readonly name: string
    readonly when?: string
    readonly inherit?: readonly Inheritable[]
    readonly order?: Order
  }
>(
  withExpressions('Container', {
    name: Name,
    ...When,
    inherit: Type.Array(Type.Enum([...inheritable]), items),
    order: Order,
    env: listWithExpressions('EnvVar', variable),
    envFrom: listWithExpressions('EnvFromSource', When),
    volumeMounts: listWithExpressions('VolumeMount', When),
    restartPolicy: {
      type: 'string',
      maxLength: limits.nameLength,
      not: {},
      title: 'left out: it follows from spec.lifecycle',
    },
  }),
)
const Volume = Type.Unsafe<JsonObject & { name: string; when?: string; adopt?: { mountPath: string } }>(
  withExpressions('Volume', {
    name: Name,
    adopt: Type.Optional(Type.Object({ mountPath: Type.String({ minLength: 1, ...text }) }, closed)),
    ...When,
  }),
)
const Item = (name: string, members: Readonly<Record<string, object>> = When) =>
  Type.Unsafe<JsonObject & { when?: string }>(withExpressions(name, members))

const AppContainers = Type.Object(
  {
    select: Type.Unsafe<string | string[]>({
      type: ['string', 'array'],
      items: { type: 'string', maxLength: limits.nameLength },
      maxItems: limits.profileItems,
      minLength: 1,
      maxLength: limits.expressionLength,
      title: '"all", "first", a list of container names, or a CEL expression over `container`',
    }),
    env: Type.Optional(Type.Array(Item('EnvVar', variable), items)),
    envFrom: Type.Optional(Type.Array(Item('EnvFromSource'), items)),
    volumeMounts: Type.Optional(Type.Array(Item('VolumeMount'), items)),
  },
  closed,
)

interface PodFieldSchema {
  /** As a profile writes it. */
  readonly written: TSchema
  /** The core/v1 type of the value, or of its items. */
  readonly coreType?: string
  /** As it stands in a Pod, where an expression may give the whole of it. */
  readonly rendered?: Schema
}

/** The fields of the Pod as a whole to which a profile can add. Each has a row in `podPlaces` (places.ts). */
export const podFields = {
  labels: { written: Labels },
  annotations: { written: Labels },
  imagePullSecrets: listField('LocalObjectReference'),
  hostAliases: listField('HostAlias'),
  shareProcessNamespace: { written: Type.Boolean() },
  dnsConfig: objectField('PodDNSConfig'),
  tolerations: listField('Toleration'),
  terminationGracePeriodSeconds: scalarField({ type: 'integer' }),
  securityContext: objectField('PodSecurityContext', ['fsGroup']),
  runtimeClassName: scalarField({ type: 'string' }),
} as const satisfies Readonly<Record<string, PodFieldSchema>>
export type PodField = keyof typeof podFields

function listField(coreType: string) {
  return { written: Type.Array(Item(coreType), items), coreType, rendered: listOf(coreType) }
}

/** An object of core/v1, or some of its members. */
function objectField(coreType: string, members?: readonly string[]) {
  const [written, rendered] = [withExpressions(coreType), core(coreType)].map(schema => only(schema, members))
  return { written: Type.Unsafe<JsonObject>(written!), ...(!members && { coreType }), rendered: rendered! }
}

function only(schema: Schema, members: readonly string[] = Object.keys(schema.properties ?? {})): Schema {
  return { ...schema, properties: Object.fromEntries(members.map(name => [name, schema.properties![name]!])) }
}

/** A string or a number. */
function scalarField(rendered: Schema) {
  return { written: Type.Unsafe<string | number>(valueWithExpression(rendered)), rendered }
}

const PodFields = Type.Unsafe<{ readonly [field in PodField]?: Json }>(
  Type.Object(
    Object.fromEntries(
      Object.entries(podFields).map(([field, { written }]) => [field, Type.Optional(written as TSchema)]),
    ),
    closed,
  ),
)

export const lifecycles = ['auto', 'native', 'regular'] as const
export type Lifecycle = (typeof lifecycles)[number]

export const ProfileSpec = Type.Object(
  {
    description: Type.Optional(Text),
    parameters: Type.Optional(
      Type.Record(Type.String({ pattern: '^[a-z][A-Za-z0-9]{0,39}$' }), Parameter, {
        ...closed,
        maxProperties: limits.parameters,
      }),
    ),
    usableIn: Type.Optional(Type.Object({ namespaceSelector: Selector }, closed)),
    autoInject: Type.Optional(
      Type.Object(
        { podSelector: Type.Optional(Selector), namespaceSelector: Type.Optional(Selector) },
        closed,
      ),
    ),
    requires: Type.Optional(Type.Array(Requirement, { maxItems: limits.requirements })),
    lifecycle: Type.Optional(Type.Enum([...lifecycles])),
    order: Type.Optional(Order),
    volumes: Type.Optional(Type.Array(Volume, { maxItems: limits.profileVolumes })),
    initContainers: Type.Optional(Type.Array(Container, { maxItems: limits.profileContainers })),
    containers: Type.Optional(Type.Array(Container, { maxItems: limits.profileContainers })),
    appContainers: Type.Optional(Type.Array(AppContainers, { maxItems: limits.profileAppContainers })),
    pod: Type.Optional(PodFields),
    onConflict: Type.Optional(Type.Enum(['deny', 'keep'])),
    revisionHistoryLimit: Type.Optional(RevisionHistoryLimit),
    rollout: Type.Optional(Rollout),
  },
  closed,
)
export type ProfileSpec = Static<typeof ProfileSpec>
/** The lists of an app container to which a profile can add. Each has a row in `appPlaces` (places.ts). */
export type AppField = Exclude<keyof Static<typeof AppContainers>, 'select'>

function listOf(name: string): Schema {
  return { type: 'array', items: core(name) }
}
// The same object for both lists, because each schema object gets a validator of its own.
const containers = listOf('Container')
const variables = {
  env: listOf('EnvVar'),
  envFrom: listOf('EnvFromSource'),
  volumeMounts: listOf('VolumeMount'),
}

/**
 * What the result of an expression may be, by its place in the spec: core/v1 as the API server has it, without the limits
 * of a profile, which are for its text.
 */
export const renderedSpec: Schema = {
  properties: {
    volumes: listOf('Volume'),
    initContainers: containers,
    containers,
    appContainers: { items: { properties: variables } },
    pod: {
      properties: Object.fromEntries(
        Object.entries<PodFieldSchema>(podFields).flatMap(([field, { rendered }]) =>
          rendered ? [[field, rendered]] : [],
        ),
      ),
    },
  },
}

export const apiVersion = 'pillion.dev/v1alpha1'
export const kinds = ['ClusterSidecarProfile', 'SidecarProfile'] as const
export type Kind = (typeof kinds)[number]

export const ProfileObject = Type.Object(
  {
    apiVersion: Type.Enum([apiVersion]),
    kind: Type.Enum([...kinds]),
    metadata: Type.Object({ name: Name, namespace: Type.Optional(Name) }, { additionalProperties: true }),
    spec: ProfileSpec,
    status: Type.Optional(Type.Object({}, { additionalProperties: true })),
  },
  closed,
)
export type ProfileObject = Static<typeof ProfileObject>

/** Names that no profile can have: they mean something else in the annotation and in `order`. */
export const reservedNames = ['none', 'first', 'last'] as const

/** `pillion.dev/NAME.revision` pins the revision of a profile, so no parameter can have this name. */
export const pinName = 'revision'

/** The most characters of an annotation's key after "pillion.dev/". */
export const maxAnnotationName = 63

/** Rules for the names of a profile and of its parameters, in CEL, each with the message if it is false. */
export const nameRules = [
  [
    `!(self.metadata.name in [${reservedNames.map(name => `'${name}'`).join(', ')}])`,
    `no profile can have one of the names ${reservedNames.join(', ')}`,
  ],
  [
    "self.metadata.name.size() <= 63 && !self.metadata.name.contains('.')",
    'the name must be letters, digits and "-", at most 63',
  ],
  [
    `!has(self.spec.parameters) || self.spec.parameters.all(name, self.metadata.name.size() + name.size() < ${maxAnnotationName})`,
    `the names of a profile and of a parameter have at most ${maxAnnotationName - 1} characters together, as an annotation`,
  ],
  [
    `!has(self.spec.parameters) || !('${pinName}' in self.spec.parameters)`,
    `no parameter can have the name ${pinName}: this annotation pins the revision of the profile`,
  ],
] as const
