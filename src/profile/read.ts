import { isObject, type Json, type JsonObject, member } from '../json/json.ts'
import { type Schema, schemaAt } from '../json/schema.ts'
import { excessIn } from '../json/size.ts'
import { validatorFor } from '../json/validate.ts'
import { BudgetSpent, withBudget } from '../limits/budget.ts'
import { limits } from '../limits/limits.ts'
import { hintTo, listNames, misspelt, nearest } from '../problems/nearest.ts'
import type { Path, Problem } from '../problems/problem.ts'
import { compiler } from '../template/cel/cel.ts'
import { compileCondition, compileTemplate, type TemplateContext } from '../template/compile.ts'
import { withInherited } from '../template/inherit.ts'
import { countAs, heldBytes } from './accept/stored-size.ts'
import { onlyInFiles } from './check/file-only.ts'
import { advise } from './check/lint.ts'
import { podRuleProblems } from './check/pod-rules.ts'
import { referenceProblems } from './check/reference-checks.ts'
import { rolloutProblems } from './check/rollout-rules.ts'
import { placementIn } from './order/placement.ts'
import { checkParameter } from './parameters.ts'
import type { AppContainersTemplate, NamedTemplate, Profile } from './profile.ts'
import { revision } from './revision.ts'
import {
  isLabel,
  maxAnnotationName,
  ProfileObject,
  type ProfileSpec,
  pinName,
  renderedSpec,
  reservedNames,
} from './schema/schema.ts'

/** Compiles a ClusterSidecarProfile or SidecarProfile, or says everything that is wrong with it. */
export function readProfile(
  object: Json,
): { readonly profile: Profile } | { readonly problems: readonly Problem[] } {
  const progress: Progress = { path: ['spec'], problems: [] }
  const units =
    member(object, 'kind') === 'SidecarProfile' ? limits.sidecarProfileCompileUnits : limits.compileUnits
  try {
    return withBudget(units, spent(units), () => readWithin(object, progress))
  } catch (error) {
    if (!(error instanceof BudgetSpent)) throw error
    const last = { path: progress.path, message: error.message }
    return { problems: [...progress.problems, last].slice(0, limits.problems) }
  }
}

/** The path that is being read and the problems so far, for when the budget is spent. */
interface Progress {
  path: Path
  readonly problems: Problem[]
}

const spent = (units: number) =>
  `costs more than ${units} units to compile up to here: make two profiles of it`

function readWithin(object: Json, progress: Progress): ReturnType<typeof readProfile> {
  const size = { bytes: limits.profileBytes, depth: limits.profileDepth }
  const excess = excessIn(isObject(object) ? object['spec'] : object, size)
  if (excess) return { problems: [{ path: ['spec', ...excess.path], message: excess.message }] }
  const deviations = validate(object)
  if (deviations.length > 0) return { problems: deviations }
  const source = object as unknown as ProfileObject
  const { problems } = progress
  problems.push(...scopeProblems(source))
  problems.push(...parameterProblems(source, progress))
  problems.push(...referenceProblems(source.spec, source.metadata.name))
  problems.push(...podRuleProblems(source.spec))
  problems.push(...rolloutProblems(source.spec.rollout))
  const profile = compile(source, progress)
  countAs(profile, heldBytes(source.spec as unknown as Json, limits.namespaceProfileBytes))
  return problems.length > 0 ? { problems: problems.slice(0, limits.problems) } : { profile }
}

const validate = validatorFor(ProfileObject as unknown as Schema)
const spec = schemaAt(ProfileObject as unknown as Schema, ['spec'])!

function compile({ kind, metadata, spec: source }: ProfileObject, progress: Progress): Profile {
  const parameters = source.parameters ?? {}
  let expressions = 0
  const context = (variables: Parameters<typeof compiler>[1]): TemplateContext => ({
    compile: compiler(parameters, variables),
    schema: rootSchema,
    rendered: renderedSchema,
    problems: progress.problems,
    reached: path => {
      progress.path = path
      if (++expressions > limits.expressions) throw new BudgetSpent(tooManyExpressions)
      // Probably the wrong file: no more problems than these are reported.
      if (progress.problems.length >= limits.problems) throw new BudgetSpent('no more is looked at')
    },
  })
  const inPod = context(['pod', 'namespaceObject', 'app'])
  const inContainer = context(['pod', 'namespaceObject', 'app', 'container'])
  const selecting = context(['pod', 'namespaceObject', 'container'])
  const list = (items: readonly JsonObject[] = [], path: Path) =>
    items.map((item, i) => compileTemplate(item, [...path, i], inContainer))
  const named = (items: ProfileSpec['containers'] = [], path: Path): NamedTemplate[] =>
    items.map(({ inherit = [], order: _, ...item }, i) => {
      const own = compileTemplate(item as JsonObject, [...path, i], inPod)
      return { name: item.name, body: withInherited(own, inherit, [...path, i], inPod) }
    })

  // In the order of a spec, so that problems are found in that order.
  const requires = (source.requires ?? []).flatMap(({ expression, message, otherwise = 'deny' }, i) => {
    const path = ['spec', 'requires', i, 'expression']
    const compiled = compileCondition(expression, path, inPod)
    return compiled ? [{ expression: compiled, message, otherwise }] : []
  })
  const volumes = (source.volumes ?? []).map(({ adopt, ...volume }, i) => ({
    body: compileTemplate(volume as JsonObject, ['spec', 'volumes', i], inPod),
    ...(adopt && {
      adopt: compileTemplate(adopt.mountPath, ['spec', 'volumes', i, 'adopt', 'mountPath'], inPod),
    }),
  }))
  const initContainers = named(source.initContainers, ['spec', 'initContainers'])
  const containers = named(source.containers, ['spec', 'containers'])

  return {
    kind,
    name: metadata.name,
    ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
    ...(source.description !== undefined && { description: source.description }),
    revision: revision(source as unknown as JsonObject),
    parameters,
    ...(source.usableIn && { usableIn: source.usableIn }),
    ...(source.autoInject && { autoInject: source.autoInject }),
    requires,
    lifecycle: source.lifecycle ?? 'auto',
    order: { before: source.order?.before ?? [], after: source.order?.after ?? [] },
    placement: placementIn(source),
    volumes,
    initContainers,
    containers,
    appContainers: (source.appContainers ?? []).map((change, i) => {
      const path = ['spec', 'appContainers', i]
      return {
        select: compileSelect(change.select, [...path, 'select'], selecting),
        env: list(change.env, [...path, 'env']),
        envFrom: list(change.envFrom, [...path, 'envFrom']),
        volumeMounts: list(change.volumeMounts, [...path, 'volumeMounts']),
      }
    }),
    pod: Object.fromEntries(
      Object.entries(source.pod ?? {}).map(([field, value]) => [
        field,
        compileTemplate(value as Json, ['spec', 'pod', field], inPod),
      ]),
    ),
    onConflict: source.onConflict ?? 'deny',
    ...(source.rollout && { rollout: source.rollout }),
    advice: [
      ...advise(source, {
        initContainers: initContainers.map(({ body }) => body),
        containers: containers.map(({ body }) => body),
      }),
      ...onlyInFiles(source as unknown as Json, ['spec'], spec),
    ],
  }
}

const tooManyExpressions = `is expression ${limits.expressions + 1} of the profile; the limit is ${limits.expressions}: make two profiles of it`

const rootSchema: Schema = { properties: { spec } }
const renderedSchema: Schema = { properties: { spec: renderedSpec } }

function compileSelect(
  select: string | readonly string[],
  path: Path,
  context: TemplateContext,
): AppContainersTemplate['select'] {
  if (typeof select !== 'string' || select === 'all' || select === 'first')
    return select as 'all' | 'first' | string[]
  if (!('error' in context.compile(select))) return compileCondition(select, path, context) ?? 'all'
  const names = select.split(',').map(name => name.trim())
  if (!names.every(isLabel)) return compileCondition(select, path, context) ?? 'all'
  const list = `a list of container names: [${listNames(names)}]`
  const allowed = `"all", "first", ${list}, or CEL over \`container\``
  const meant = nearest(select, ['all', 'first'])
  const message = `${JSON.stringify(select)} is not one of ${allowed}${hintTo(meant)}`
  context.problems.push({ path, message, ...misspelt(select, meant) })
  return 'all'
}

function scopeProblems({ kind, metadata: { name, namespace } }: ProfileObject): Problem[] {
  const problem = (field: string, message: string) => [{ path: ['metadata', field], message }]
  if (reservedNames.some(reserved => reserved === name))
    return problem('name', `no profile can have one of the names ${reservedNames.join(', ')}`)
  if (kind === 'ClusterSidecarProfile' && namespace !== undefined)
    return problem('namespace', 'a ClusterSidecarProfile is cluster-wide and has no namespace')
  if (kind === 'SidecarProfile' && namespace === undefined)
    return problem('namespace', 'is missing: a SidecarProfile belongs to a namespace')
  return []
}

function parameterProblems(
  { metadata, spec: { parameters = {} } }: ProfileObject,
  progress: Progress,
): Problem[] {
  return Object.entries(parameters).flatMap(([name, declared]) => {
    const path = ['spec', 'parameters', name]
    progress.path = path
    const key = `${metadata.name}.${name}`
    const message = `the annotation pillion.dev/${key} would be longer than Kubernetes allows (${maxAnnotationName})`
    const isLong = key.length > maxAnnotationName
    const pins = `no parameter can have this name: the annotation pillion.dev/${key} pins the revision of the profile`
    return [
      ...checkParameter(declared, path),
      ...(isLong ? [{ path, message }] : []),
      ...(name === pinName ? [{ path, message: pins }] : []),
    ]
  })
}

/** Whether an object from YAML or the API has Pillion's API group. */
export function isProfileLike(object: unknown): object is JsonObject {
  return isObject(object) && String(object['apiVersion']).startsWith('pillion.dev/')
}
