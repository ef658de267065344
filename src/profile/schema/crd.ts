import type { JsonObject } from '../../json/json.ts'
import { isOrExpression, realTypes, type Schema } from '../../json/schema.ts'
import { limits } from '../../limits/limits.ts'
import fieldDescriptions from './descriptions.gen.json' with { type: 'json' }
import { keysOfList } from './list-keys.ts'
import { rolloutRules, rolloutStatus } from './rollout-schema.ts'
import { type Kind, nameRules, ProfileSpec } from './schema.ts'

/**
 * The CustomResourceDefinition of a kind, made from the schema of its spec. It denies less than `readProfile`, which also
 * compiles CEL and compares fields. It denies more in four cases: docs/decisions/0010-crd-schema.md.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
 */
export function customResourceDefinition(
  kind: Kind,
  descriptions: Descriptions = fieldDescriptions,
): JsonObject {
  const { scope, plural, shortName } = resources[kind]
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.pillion.dev` },
    spec: {
      group: 'pillion.dev',
      scope,
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        shortNames: [shortName],
        categories: ['pillion'],
      },
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: columns,
          schema: { openAPIV3Schema: root(descriptions) },
        },
      ],
    },
  }
}

/** The meaning of each field of a profile, by its path. */
type Descriptions = Readonly<Record<string, string>>

const resources: Readonly<Record<Kind, { scope: string; plural: string; shortName: string }>> = {
  ClusterSidecarProfile: { scope: 'Cluster', plural: 'clustersidecarprofiles', shortName: 'csp' },
  SidecarProfile: { scope: 'Namespaced', plural: 'sidecarprofiles', shortName: 'sp' },
}

// A column shows one value, and cannot list the names of a map's members. So the status has `parameters`.
const columns: readonly JsonObject[] = [
  { name: 'Revision', type: 'string', jsonPath: '.status.revision' },
  { name: 'Accepted', type: 'string', jsonPath: '.status.conditions[?(@.type=="Accepted")].status' },
  { name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Accepted")].reason' },
  { name: 'Updated', type: 'string', jsonPath: '.status.rollout.progress' },
  { name: 'Used By', type: 'string', jsonPath: '.status.usedBy.summary' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  // With `-o wide`: both may be longer than a line.
  { name: 'Phase', type: 'string', jsonPath: '.status.rollout.phase', priority: 1 },
  { name: 'Canary', type: 'string', jsonPath: '.status.rollout.canary', priority: 1 },
  { name: 'Parameters', type: 'string', jsonPath: '.status.parameters', priority: 1 },
  { name: 'Description', type: 'string', jsonPath: '.spec.description', priority: 1 },
]

function root(descriptions: Descriptions): JsonObject {
  return {
    description:
      'The containers, init containers and volumes that Pillion adds to a Pod that asks for this profile.',
    type: 'object',
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec: structural(ProfileSpec as unknown as Schema, 'spec', descriptions),
      status,
    },
    ...rules(...nameRules),
  }
}

// https://pkg.go.dev/k8s.io/apimachinery/pkg/apis/meta/v1#Condition
const condition: JsonObject = {
  type: 'object',
  required: ['type', 'status', 'lastTransitionTime', 'reason', 'message'],
  properties: {
    type: { type: 'string', maxLength: 316 },
    status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
    observedGeneration: { type: 'integer', format: 'int64', minimum: 0 },
    lastTransitionTime: { type: 'string', format: 'date-time' },
    reason: { type: 'string', minLength: 1, maxLength: 1024 },
    message: { type: 'string', maxLength: limits.messageLength },
  },
}

const status: JsonObject = {
  description: 'What Pillion found when it read the profile.',
  type: 'object',
  properties: {
    revision: {
      type: 'string',
      description: 'Revision of the spec in use, as in the status annotation of a Pod.',
    },
    parameters: { type: 'string', description: 'Names of the parameters, for kubectl get.' },
    lastAccepted: {
      // Nothing is required: an earlier version of Pillion wrote no name.
      description: 'The last accepted revision. It stays in use while the current spec is not accepted.',
      type: 'object',
      properties: {
        revision: { type: 'string' },
        name: { type: 'string', description: 'Name of the ControllerRevision that keeps its spec.' },
      },
    },
    usedBy: {
      description: 'What has this profile, as of the last sweep.',
      type: 'object',
      required: ['pods', 'workloads', 'summary'],
      properties: {
        pods: { type: 'integer', minimum: 0, description: 'Number of running Pods with the profile.' },
        workloads: {
          type: 'integer',
          minimum: 0,
          description: 'Number of Deployments, StatefulSets and other workloads of these Pods.',
        },
        summary: { type: 'string', description: 'The number of Pods, for kubectl get.' },
      },
    },
    rollout: rolloutStatus,
    conditions: {
      description:
        'Accepted: whether the spec is in use. Proven: whether the API server accepts a Pod with it in a dry run.',
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
      items: condition,
    },
  },
}

const noRestartPolicy = rules(['false', 'must be left out: it follows from spec.lifecycle'])

/** Rules that a schema cannot express, by their place in the spec. */
const additions: Readonly<Record<string, JsonObject>> = {
  'spec.order': rules(
    [
      '!has(self.before) || !has(self.after) || !self.before.exists(name, name in self.after)',
      'a name is under before and under after',
    ],
    ["!has(self.before) || !('last' in self.before)", '"last" belongs under after'],
    ["!has(self.after) || !('first' in self.after)", '"first" belongs under before'],
  ),
  'spec.parameters.NAME': rules([
    "!has(self.pattern) || self.type == 'string'",
    'only a parameter of type string has a pattern',
  ]),
  ...Object.fromEntries(Object.entries(rolloutRules).map(([at, pairs]) => [at, rules(...pairs)])),
  'spec.containers[].restartPolicy': noRestartPolicy,
  'spec.initContainers[].restartPolicy': noRestartPolicy,
}

function rules(...pairs: readonly (readonly [rule: string, message: string])[]): JsonObject {
  return { 'x-kubernetes-validations': pairs.map(([rule, message]) => ({ rule, message })) }
}

/** https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema */
function structural(schema: Schema, at: string, descriptions: Descriptions): JsonObject {
  const { properties, items } = schema
  const [[pattern, patterned] = []] = Object.entries(schema.patternProperties ?? {})
  const values = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : patterned
  const type = typeOf(schema)
  const description = describeField(schema, type, descriptions[documentedPath(at)])
  const isList = type['type'] === 'array'
  const isObject = type['type'] === 'object'
  return {
    ...type,
    ...(description !== undefined && { description }),
    ...validations(schema, type),
    ...(isList && items && { ...listType(schema, at), items: structural(items, `${at}[]`, descriptions) }),
    ...(isObject && properties && { properties: members(properties, at, descriptions) }),
    ...(isObject &&
      !properties &&
      (values
        ? { additionalProperties: structural(values, `${at}.NAME`, descriptions) }
        : { [anything]: true })),
    ...(pattern !== undefined &&
      rules([`self.all(name, name.matches(r'${pattern}'))`, `a name must match ${pattern}`])),
    ...additions[at],
  }
}

/** For `kubectl explain`: the meaning and, of a value that it can only call an Object, the types. */
function describeField(
  schema: Schema,
  { type }: JsonObject,
  meaning: string | undefined,
): string | undefined {
  const types = type === undefined ? untyped(schema) : undefined
  if (meaning === undefined) return schema.title ?? types
  return types === undefined ? meaning : `${meaning} Type: ${types}.`
}

/** Environment variables and mounts of all containers have the same additional fields, which are documented once. */
function documentedPath(at: string): string {
  return at.replace(
    /^spec\.(initContainers|containers)\[\]\.(?=(env|envFrom|volumeMounts)\[\]\.)/,
    'spec.appContainers[].',
  )
}

const anything = 'x-kubernetes-preserve-unknown-fields'

function members(
  properties: Readonly<Record<string, Schema>>,
  at: string,
  descriptions: Descriptions,
): JsonObject {
  return Object.fromEntries(
    Object.entries(properties).map(([name, member]) => [
      name,
      structural(member, `${at}.${name}`, descriptions),
    ]),
  )
}

/**
 * The one type that a structural schema allows. An expression in place of a whole object or list is not allowed: otherwise
 * strict validation, `kubectl explain` and server-side apply would not know the members below.
 */
function typeOf(schema: Schema): JsonObject {
  const [type = typeof schema.enum?.[0], ...others] = realTypes(schema)
  const isIntOrString = schema['x-kubernetes-int-or-string'] === true || schema['x-quantity'] === true
  if (isIntOrString || (type === 'integer' && isOrExpression(schema)))
    return { 'x-kubernetes-int-or-string': true }
  const mayBeScalar = isOrExpression(schema) && type !== 'object' && type !== 'array'
  return others.length > 0 || mayBeScalar ? { [anything]: true } : { type }
}

/** The types of a value that `kubectl explain` can only call an Object. */
function untyped(schema: Schema): string {
  const types = schema['x-quantity'] === true ? ['quantity'] : realTypes(schema)
  return [...types, ...(isOrExpression(schema) ? ['an expression $(…)'] : [])].join(' or ')
}

function validations(schema: Schema, { type }: JsonObject): JsonObject {
  const isScalar = type !== 'object' && type !== 'array'
  const isAllowed = {
    required: (schema.required ?? []).length > 0,
    enum: true,
    pattern: isScalar,
    format: type !== undefined,
    minLength: isScalar,
    maxLength: isScalar,
    minimum: type === 'integer',
    maximum: type === 'integer',
    minItems: true,
    maxItems: type === 'array',
    maxProperties: true,
    'x-kubernetes-map-type': true,
  }
  const keywords = Object.entries(isAllowed).filter(([key, is]) => is && schema[key] !== undefined)
  return Object.fromEntries(keywords.map(([key]) => [key, schema[key] as JsonObject]))
}

/** Server-side apply merges a list by the key of its items. Another list is one value, or a set if core/v1 says so. */
function listType(schema: Schema, at: string): JsonObject {
  const keys = keysOfList(schema, at.slice(at.lastIndexOf('.') + 1))
  if (keys.length > 0) return { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys }
  return { 'x-kubernetes-list-type': schema['x-kubernetes-list-type'] === 'set' ? 'set' : 'atomic' }
}
