import type { Json, JsonObject } from '../../json/json.ts'
import { spend } from '../../limits/budget.ts'
import { appPlaces, containerLists, itemsOf, type Place, podPlaces } from '../../profile/places.ts'
import type { NamedTemplate } from '../../profile/profile.ts'
import type { PodField } from '../../profile/schema/schema.ts'
import type { Scope } from '../../template/cel/cel.ts'
import { evaluate, type Failures } from '../../template/evaluate.ts'
import type { Template } from '../../template/template.ts'
import type { Container, Named, VolumeMount } from '../pod.ts'
import { because } from '../reason.ts'
import { type Refusal, refusal } from '../select/select.ts'
import type { Chosen } from './requirements.ts'
import { selected } from './requirements.ts'
import { onAccountOf } from './share.ts'

/** A profile rendered for one Pod: what it wants to be there. */
export interface RenderedProfile extends Chosen {
  readonly volumes: readonly { readonly volume: Named; readonly adoptAt: string | undefined }[]
  /** Native sidecars first, then init containers. */
  readonly initContainers: readonly Container[]
  /** Regular sidecars. */
  readonly containers: readonly Container[]
  readonly app: readonly RenderedApp[]
  readonly pod: Readonly<Partial<Record<PodField, Json>>>
}

/** What one app container gets. */
export interface RenderedApp {
  readonly container: Container
  readonly env: readonly Named[]
  readonly envFrom: readonly JsonObject[]
  readonly volumeMounts: readonly VolumeMount[]
}

/** Renders the chosen profiles for a Pod with these app containers; an expression that cannot be evaluated refuses it. */
export function renderProfiles(
  chosen: readonly Chosen[],
  app: readonly Container[],
): { readonly injections: readonly RenderedProfile[]; readonly refused: readonly Refusal[] } {
  const refused: Refusal[] = []
  const injections = chosen.map(choice => {
    const failures: Failures = []
    const injection = onAccountOf(choice.profile, () => renderChoice(choice, app, failures))
    refused.push(...unrenderable(choice, failures))
    return injection
  })
  return { injections, refused }
}

function renderChoice(choice: Chosen, app: readonly Container[], failures: Failures): RenderedProfile {
  const { templates, isNative, scope } = choice
  const rendered = renderContainers(templates.containers, scope, failures)
  const sidecars = isNative ? rendered.map(asNative) : rendered
  const initContainers = renderContainers(templates.initContainers, scope, failures)
  return {
    ...choice,
    volumes: templates.volumes.flatMap(({ body, adopt }) => {
      spend(unitsOfItem)
      const volume = evaluate(body, scope, failures) as Named | undefined
      return volume
        ? [{ volume, adoptAt: adopt && (evaluate(adopt, scope, failures) as string | undefined) }]
        : []
    }),
    initContainers: isNative ? [...sidecars, ...initContainers] : initContainers,
    containers: isNative ? [] : sidecars,
    app: templates.appContainers.flatMap(({ select, env, envFrom, volumeMounts }) =>
      selected(select, app, scope, failures).map(container => {
        const inside = { ...scope, container }
        return {
          container,
          env: itemsOf(appPlaces.env, renderAll<Named>(env, inside, failures)),
          envFrom: itemsOf(appPlaces.envFrom, renderAll<JsonObject>(envFrom, inside, failures)),
          volumeMounts: itemsOf(
            appPlaces.volumeMounts,
            renderAll<VolumeMount>(volumeMounts, inside, failures),
          ),
        }
      }),
    ),
    pod: Object.fromEntries(
      Object.entries(templates.pod).flatMap(([field, template]) => {
        const value = evaluate(template, scope, failures)
        if (value === undefined) return []
        const place: Place = podPlaces[field as PodField]
        return [[field, place.kind === 'list' ? itemsOf(place, value as readonly JsonObject[]) : value]]
      }),
    ),
  }
}

function renderContainers(
  containers: readonly NamedTemplate[],
  scope: Scope,
  failures: Failures,
): readonly Container[] {
  return renderAll<Container>(containers.map(bodyOf), scope, failures).map(keyedContainer)
}

/** Checked when the profile was read: what these templates give has the shape of T. */
function renderAll<T>(templates: readonly Template[], scope: Scope, failures: Failures): readonly T[] {
  return templates.flatMap(template => {
    spend(unitsOfItem)
    return (evaluate(template, scope, failures) as T | undefined) ?? []
  })
}

// What it costs to place one item, write its operation, and note it in the status.
const unitsOfItem = 16

function unrenderable({ profile }: Chosen, failures: Failures): readonly Refusal[] {
  return failures.map(failure => {
    const what = `profile ${profile.name} cannot be applied to this Pod: ${failure}`
    return refusal(profile, 'denied', because('RequirementNotMet', what))
  })
}

function asNative(container: Container): Container {
  return { ...container, restartPolicy: 'Always' }
}

function bodyOf({ body }: NamedTemplate): Template {
  return body
}

/** A container whose lists have only items with a key. */
function keyedContainer(container: Container): Container {
  let result = container
  for (const field in container) {
    const items = container[field]
    if (!Array.isArray(items) || !Object.hasOwn(containerLists, field)) continue
    const left = itemsOf(containerLists[field as keyof typeof containerLists], items)
    // Nearly all have all.
    if (left.length < items.length) result = { ...result, [field]: left as Json }
  }
  return result
}
