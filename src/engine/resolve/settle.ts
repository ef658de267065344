import type { Json, JsonObject } from '../../json/json.ts'
import { spend } from '../../limits/budget.ts'
import type { NamedTemplate, Profile } from '../../profile/profile.ts'
import type { Expression, Scope } from '../../template/cel/cel.ts'
import { expressionsIn, type Template } from '../../template/compile.ts'
import { evaluated, type Failures, render } from '../../template/evaluate.ts'

/** What a profile renders, as far as it is known. */
export type Templates = Pick<
  Profile,
  'requires' | 'volumes' | 'initContainers' | 'containers' | 'appContainers' | 'pod'
>

/**
 * A profile's templates with all that its parameters decide alone rendered once: what is left reads a Pod or its
 * namespace. They give each Pod what the profile's own would give it with these parameters. What cannot be
 * evaluated stays, so that it is reported for the Pod.
 */
export function settle(profile: Profile, params: JsonObject): Templates {
  const scope: Scope = { params, pod: {}, namespaceObject: {}, app: {}, container: {} }
  const whole = (template: Template) => settled(template, scope) ?? never
  const list = (templates: readonly Template[]) =>
    templates.flatMap(template => settled(template, scope) ?? [])
  const named = (containers: readonly NamedTemplate[]) =>
    containers.map(({ name, body }) => ({ name, body: whole(body) }))
  const { requires, volumes, initContainers, containers, appContainers, pod } = profile
  return {
    requires: requires.filter(({ expression }) => !isTrue(expression, scope)),
    volumes: volumes.map(({ body, adopt }) => ({
      body: whole(body),
      ...(adopt && { adopt: whole(adopt) }),
    })),
    initContainers: named(initContainers),
    containers: named(containers),
    appContainers: appContainers.map(({ select, env, envFrom, volumeMounts }) => ({
      select,
      env: list(env),
      envFrom: list(envFrom),
      volumeMounts: list(volumeMounts),
    })),
    pod: Object.fromEntries(Object.entries(pod).map(([field, template]) => [field, whole(template)])),
  }
}

/** `undefined` where nothing belongs, whatever the Pod. */
function settled(template: Template, scope: Scope): Template | undefined {
  spend(1)
  if (template.kind === 'constant') return template
  if (isDecided(template)) {
    const failures: Failures = []
    const value = render(template, scope, failures)
    if (failures.length > 0) return template
    return value === undefined ? undefined : { kind: 'constant', value }
  }
  switch (template.kind) {
    case 'leaf':
      return template
    case 'json':
      return { kind: 'json', body: settled(template.body, scope) ?? template.body }
    case 'when':
      return settledWhen(template, scope)
    case 'list':
      return { kind: 'list', items: template.items.flatMap(item => settledItems(item, scope)) }
    case 'object':
      return {
        kind: 'object',
        members: template.members.flatMap(([key, member]) => {
          const known = settled(member, scope)
          return known ? [[key, known] as const] : []
        }),
      }
  }
}

function settledWhen(template: Extract<Template, { kind: 'when' }>, scope: Scope): Template | undefined {
  const body = settled(template.body, scope)
  if (body === undefined) return undefined
  if (!isSettled(template.condition)) return { ...template, body }
  const result = evaluated(template.condition, scope)
  if (!('value' in result) || typeof result.value !== 'boolean') return { ...template, body }
  return result.value ? body : undefined
}

/** The items of a list that an expression gives stand in place of it. */
function settledItems(item: Template, scope: Scope): readonly Template[] {
  const known = settled(item, scope)
  if (known === undefined) return []
  if (item.kind !== 'leaf' || known.kind !== 'constant' || !Array.isArray(known.value)) return [known]
  return known.value.map((value: Json) => ({ kind: 'constant', value }))
}

/** Whether nothing in a template reads a Pod or its namespace. Each template is asked at each of its levels. */
function isDecided(template: Template): boolean {
  const known = decided.get(template)
  if (known !== undefined) return known
  const is = isDecidedByParts(template)
  decided.set(template, is)
  return is
}
const decided = new WeakMap<Template, boolean>()

function isDecidedByParts(template: Template): boolean {
  switch (template.kind) {
    case 'list':
      return template.items.every(isDecided)
    case 'object':
      return template.members.every(([, member]) => isDecided(member))
    case 'json':
      return isDecided(template.body)
    case 'when':
      return isSettled(template.condition) && isDecided(template.body)
    default:
      return expressionsIn(template).every(isSettled)
  }
}

function isSettled({ reads }: Expression): boolean {
  return reads === 'nothing'
}

function isTrue(condition: Expression, scope: Scope): boolean {
  if (!isSettled(condition)) return false
  const result = evaluated(condition, scope)
  return 'value' in result && result.value === true
}

/** In the place of what has one, though nothing belongs there. */
const never: Template = {
  kind: 'when',
  condition: { source: 'false', type: 'bool', reads: 'nothing', evaluate: () => ({ value: false }) },
  path: [],
  body: { kind: 'constant', value: null },
}
