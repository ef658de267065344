import type { Scope } from '../profile/cel.ts'
import type { Json, JsonObject } from '../profile/json.ts'
import type { NamedTemplate, PodField } from '../profile/profile.ts'
import type { Template } from '../profile/template.ts'
import { appContainers, selected } from './app-containers.ts'
import type { Container, Named, Pod, VolumeMount } from './pod.ts'
import { isContainer } from './present.ts'
import { because } from './reason.ts'
import { type Failures, render } from './render.ts'
import type { Chosen } from './requirements.ts'
import type { Refusal } from './select.ts'

/** A profile rendered for one Pod: what it wants to be there. */
export interface Injection extends Chosen {
  readonly volumes: readonly { readonly volume: Named; readonly adoptAt: string | undefined }[]
  /** Native sidecars first, then init containers. */
  readonly initContainers: readonly Container[]
  /** Regular sidecars. */
  readonly containers: readonly Container[]
  readonly app: readonly AppInjection[]
  readonly pod: Readonly<Partial<Record<PodField, Json>>>
}

/** What one app container gets. */
export interface AppInjection {
  readonly container: Container
  readonly env: readonly Named[]
  readonly envFrom: readonly JsonObject[]
  readonly volumeMounts: readonly VolumeMount[]
}

/**
 * Renders the chosen profiles for a Pod; an expression that cannot be evaluated refuses it. An injected
 * container is never an app container.
 */
export function inject(
  chosen: readonly Chosen[],
  pod: Pod,
): {
  readonly injections: readonly Injection[]
  readonly app: readonly Container[]
  readonly refused: readonly Refusal[]
} {
  const drafts = chosen.map(choice => {
    const failures: Failures = []
    const sidecars = renderAll<Container>(choice.profile.containers.map(bodyOf), choice.scope, failures)
    return { choice, failures, sidecars: choice.isNative ? sidecars.map(asNative) : sidecars }
  })
  const regular = new Map(
    drafts.flatMap(({ choice, sidecars }) => (choice.isNative ? [] : sidecars.map(entryByName))),
  )
  const app = appContainers(pod, container => {
    const sidecar = regular.get(container.name)
    return sidecar !== undefined && isContainer(container, sidecar)
  })
  const injections = drafts.map(({ choice, failures, sidecars }) =>
    renderChoice(choice, sidecars, app, failures),
  )
  return {
    injections,
    app,
    refused: drafts.flatMap(({ choice, failures }) => unrenderable(choice, failures)),
  }
}

function renderChoice(
  choice: Chosen,
  sidecars: readonly Container[],
  app: readonly Container[],
  failures: Failures,
): Injection {
  const { profile, isNative, scope } = choice
  const initContainers = renderAll<Container>(profile.initContainers.map(bodyOf), scope, failures)
  return {
    ...choice,
    volumes: profile.volumes.flatMap(({ body, adopt }) => {
      const volume = render(body, scope, failures) as Named | undefined
      return volume
        ? [{ volume, adoptAt: adopt && (render(adopt, scope, failures) as string | undefined) }]
        : []
    }),
    initContainers: isNative ? [...sidecars, ...initContainers] : initContainers,
    containers: isNative ? [] : sidecars,
    app: profile.appContainers.flatMap(({ select, env, envFrom, volumeMounts }) =>
      selected(select, app, scope, failures).map(container => {
        const inside = { ...scope, container }
        return {
          container,
          env: renderAll<Named>(env, inside, failures),
          envFrom: renderAll<JsonObject>(envFrom, inside, failures),
          volumeMounts: renderAll<VolumeMount>(volumeMounts, inside, failures),
        }
      }),
    ),
    pod: Object.fromEntries(
      Object.entries(profile.pod).flatMap(([field, template]) => {
        const value = render(template, scope, failures)
        return value === undefined ? [] : [[field, value]]
      }),
    ),
  }
}

/** Checked when the profile was read: what these templates give has the shape of T. */
function renderAll<T>(templates: readonly Template[], scope: Scope, failures: Failures): readonly T[] {
  return templates.flatMap(template => (render(template, scope, failures) as T | undefined) ?? [])
}

function unrenderable({ profile }: Chosen, failures: Failures): readonly Refusal[] {
  return [...new Set(failures)].map(failure => ({
    name: profile.name,
    profile,
    outcome: 'denied',
    ...because('RequirementNotMet', `profile ${profile.name} cannot be applied to this Pod: ${failure}`),
  }))
}

function asNative(container: Container): Container {
  return { ...container, restartPolicy: 'Always' }
}

function bodyOf({ body }: NamedTemplate): Template {
  return body
}

function entryByName(container: Container): readonly [string, Container] {
  return [container.name, container]
}
