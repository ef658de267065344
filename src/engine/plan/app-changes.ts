import { equal, type JsonObject } from '../../json/json.ts'
import { spend } from '../../limits/budget.ts'
import { normalPath, sourceName } from '../../profile/places.ts'
import type { Named, VolumeMount } from '../pod.ts'
import type { RenderedApp, RenderedProfile } from '../render/profiles.ts'
import { partProblems } from './containers.ts'
import {
  type AppDraft,
  appDraft,
  claims,
  conflict,
  type Draft,
  itemConflict,
  ownerOf,
  record,
  thePod,
} from './draft.ts'
import { fieldAt } from './fields.ts'
import { holds } from './match.ts'
import { type Adopted, mountsOf } from './volumes.ts'

/**
 * Places what a profile gives to app containers: variables (the Pod's own of that name wins), sources
 * of variables, and mounts (one path holds one volume).
 */
export function placeAppChanges(draft: Draft, injection: RenderedProfile, adopted: Adopted): void {
  for (const change of injection.app) {
    const app = appDraft(draft, change.container)
    placeEnv(draft, injection, app, change.env)
    placeEnvFrom(draft, injection, app, change.envFrom)
    placeMounts(draft, injection, app, { ...change, volumeMounts: mountsOf(change.volumeMounts, adopted) })
  }
}

function placeEnv(draft: Draft, injection: RenderedProfile, app: AppDraft, env: readonly Named[]): void {
  const path = ['app', app.container.name, 'env']
  for (const variable of env) {
    const own = app.ownEnv.get(variable.name)
    const added = app.envOwners.get(variable.name)
    if (added) {
      if (!equal(added.value, variable)) {
        const place = `environment variable ${variable.name} of container "${app.container.name}"`
        itemConflict(draft, injection, `${place} is set by ${added.owner} to something else`)
      }
    } else if (!own) {
      app.env.push(variable)
      app.envOwners.set(variable.name, { value: variable, owner: ownerOf(injection) })
      record(draft, injection, path, variable.name, true)
    } else if (holds(own, variable, fieldAt(path))) record(draft, injection, path, variable.name, false)
    else if (!claims(draft, injection, path, variable.name)) ownWins(draft, injection, app, variable.name)
  }
}

/** The author's own value stands. One that an earlier call gave, and that somebody changed since, is not the author's. */
function ownWins(
  draft: Draft,
  { profile: { name } }: RenderedProfile,
  { container }: AppDraft,
  variable: string,
): void {
  draft.warnings.push(
    `profile ${name}: container "${container.name}" already sets ${variable} in its own env; it stays, and the value of profile ${name} is not used`,
  )
}

function placeEnvFrom(
  draft: Draft,
  injection: RenderedProfile,
  app: AppDraft,
  envFrom: readonly JsonObject[],
): void {
  const path = ['app', app.container.name, 'envFrom']
  for (const source of envFrom) {
    const name = sourceName(source)
    // It is looked for among them all.
    spend(app.envFrom.length + (app.container.envFrom ?? []).length)
    if (app.envFrom.some(added => sourceName(added) === name)) continue
    const isNew = !(app.container.envFrom ?? []).some(standing => sourceName(standing) === name)
    if (isNew) app.envFrom.push(source)
    record(draft, injection, path, name, isNew)
  }
}

function placeMounts(
  draft: Draft,
  injection: RenderedProfile,
  app: AppDraft,
  { volumeMounts }: RenderedApp,
): void {
  const path = ['app', app.container.name, 'volumeMounts']
  for (const mount of volumeMounts) {
    const place = normalPath(mount.mountPath)
    const standing = app.mountOwners.get(place)
    const device = app.devices.get(place)
    if (device !== undefined) {
      const what = `container "${app.container.name}" has the device of volume "${device}" at ${place} for ${thePod}`
      conflict(draft, injection, what)
      continue
    }
    const problems = standing ? [] : partProblems(app.container.name, mount)
    if (problems.length > 0) {
      for (const problem of problems) conflict(draft, injection, problem)
      continue
    }
    if (!standing) {
      app.volumeMounts.push(mount)
      app.mountOwners.set(place, { value: mount, owner: ownerOf(injection), isNew: true })
      record(draft, injection, path, place, true)
    } else if (isSameMount(standing.value, mount)) {
      if (!standing.isNew) record(draft, injection, path, place, false)
    } else {
      const what = `container "${app.container.name}" mounts volume "${standing.value.name}" at ${place} for ${standing.owner}`
      conflict(draft, injection, what)
      continue
    }
    draft.mounts.get(app.container.name)?.set(place, mount)
    draft.givenMounts.add(mount)
  }
}

/** The same part of the same volume. */
function isSameMount(a: VolumeMount, b: VolumeMount): boolean {
  const part = ({ subPath = '', subPathExpr = '' }: VolumeMount) => `${subPath}\n${subPathExpr}`
  return a.name === b.name && part(a) === part(b)
}
