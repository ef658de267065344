import { isObject, type Json, type JsonObject, member } from '../../json/json.ts'
import { containerLists, itemsAt, type Place, podLists, podPlaces } from '../../profile/places.ts'
import type { InjectedNames } from '../decision.ts'
import type { Pod } from '../pod.ts'

/** One thing that a profile put into a Pod: its place, `[field]` or `['app', container, list]`, and its name there. */
export interface Piece {
  readonly path: readonly string[]
  readonly name: string
}

/** All pieces that a status names for a profile. Where a place has one value, its piece has the name of the field. */
export function* piecesOf({ revision: _, app = {}, ...places }: InjectedNames): Generator<Piece> {
  yield* piecesIn(places, [])
  for (const [container, lists] of Object.entries(app)) yield* piecesIn(lists, ['app', container])
}

function* piecesIn(places: JsonObject, parent: readonly string[]): Generator<Piece> {
  for (const [field, names] of Object.entries(places)) {
    const path = [...parent, field]
    if (Array.isArray(names)) for (const name of names) yield { path, name: String(name) }
    else if (names !== undefined) yield { path, name: field }
  }
}

/** What a status names for a profile, with only the pieces that pass the test. */
export function withPieces(
  { revision, app, ...places }: InjectedNames,
  isKept: (piece: Piece) => boolean,
): InjectedNames {
  const kept = (names: JsonObject, parent: readonly string[]): JsonObject => {
    const left: { [field: string]: Json | undefined } = {}
    for (const [field, value] of Object.entries(names)) {
      const path = [...parent, field]
      if (Array.isArray(value)) left[field] = value.filter(name => isKept({ path, name: String(name) }))
      else if (isKept({ path, name: field })) left[field] = value
    }
    return left
  }
  const inApp = Object.entries(app ?? {}).map(([name, lists]) => [name, kept(lists, ['app', name])])
  return { revision, ...kept(places, []), ...(app && { app: Object.fromEntries(inApp) }) }
}

/** Pieces are the same if their keys are. */
export function pieceKey({ path, name }: Piece): string {
  return `${path.join('\n')}\n${name}`
}

/** The row of the tables for a path. */
export function placeAt([field = '', , list = '']: readonly string[]): Place {
  return field === 'app' ? containerLists[list as keyof typeof containerLists] : places[field]!
}

const places: Readonly<Record<string, Place>> = { ...podLists, ...podPlaces }

/** Finds pieces in a Pod, each by its name. The items of a long list are looked through once. */
export function standingIn(pod: Pod): (piece: Piece) => Json | undefined {
  const containers = new Map((pod.spec?.containers ?? []).map(container => [container.name, container]))
  const known = new Map<string, ReadonlyMap<string, Json>>()
  return ({ path, name }) => {
    const [field = '', container = '', list = ''] = path
    const place = placeAt(path)
    const value: Json | undefined =
      field === 'app' ? containers.get(container)?.[list] : pod[place.in]?.[field]
    if (place.kind === 'map') return member(value, name)
    if (place.kind !== 'list') return value
    if (!Array.isArray(value)) return undefined
    // Most lists are so short that to look through them is quicker than to make an index.
    if (value.length <= 8) return value.findLast(item => isObject(item) && place.nameOf(item) === name)
    const key = path.join('\n')
    const items = known.get(key) ?? new Map(itemsAt(field, place, value))
    known.set(key, items)
    return items.get(name)
  }
}

/**
 * Whether all that a status claims a profile put into a Pod is still there, by name. Labels and annotations
 * do not count: anybody may change those of a Pod that runs.
 */
export function isStillInjected(claimed: InjectedNames, pod: Pod): boolean {
  const standing = standingIn(pod)
  return piecesOf(claimed).every(
    piece => placeAt(piece.path).in === 'metadata' || standing(piece) !== undefined,
  )
}
