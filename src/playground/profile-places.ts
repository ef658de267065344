import { isCollection, isNode, isPair, isScalar } from 'yaml'
import type { ProfileOrigin } from '../explain/origin.ts'
import { type Json, member } from '../json/json.ts'
import { pointerTo, stepsOf } from '../json/pointer.ts'
import { at } from '../manifest/workload.ts'
import { type ManifestDocument, parseManifest } from '../manifest/yaml/manifest.ts'
import type { Path } from '../problems/problem.ts'
import type { AddedLine, Place, ProfileText } from './protocol.ts'
import { type Member, memberAt } from './spans.ts'

/** The place of an origin in the text of its profile; the nearest parent of a field that the profile leaves out. */
export function placeIn({ file, text }: ProfileText, { profile, pointer }: ProfileOrigin): Place | undefined {
  for (const { document, root, object } of profilesIn({ file, text })) {
    if (nameOf(object) !== profile) continue
    for (let path = pathOf(object, pointer); ; path = path.slice(0, -1)) {
      const found = memberAt(document, [...root, ...path])
      if (found) return placed(file, found)
      if (path.length === 0) return undefined
    }
  }
  return undefined
}

/** The lines of the result that come from what is at an offset in the text of a profile. */
export function linesFrom(
  source: ProfileText,
  offset: number,
  added: readonly AddedLine[],
): readonly number[] {
  for (const { document, root, object } of profilesIn(source)) {
    const path = pathAt(document, root, offset)
    if (!path || path.length === 0) continue
    const name = nameOf(object)
    const own = added.flatMap(({ line, origin }) =>
      origin && 'profile' in origin && origin.profile === name ? [{ line, origin }] : [],
    )
    const [, field, parameter] = path
    if (field === 'parameters')
      return own.flatMap(({ line, origin }) =>
        origin.parameters.some(each => each.name === parameter) ? [line] : [],
      )
    // A field that gives no value itself, such as `when`, is about all that its object gives.
    for (let steps = path; steps.length > 2; steps = steps.slice(0, -1)) {
      const pointer = pointerTo(steps)
      const lines = own.flatMap(({ line, origin }) =>
        `${origin.pointer}/`.startsWith(`${pointer}/`) ? [line] : [],
      )
      if (lines.length > 0) return lines
    }
    const whole = pointerTo(path)
    return path.length === 2
      ? own.flatMap(({ line, origin }) => (`${origin.pointer}/`.startsWith(`${whole}/`) ? [line] : []))
      : []
  }
  return []
}

interface ProfileAt {
  readonly document: ManifestDocument
  readonly root: Path
  readonly object: Json
}

/** `kubectl get -o yaml` prints a list. */
function profilesIn({ file, text }: ProfileText): readonly ProfileAt[] {
  return parseManifest(text, file).manifest.documents.flatMap((document): ProfileAt[] => {
    const { value } = document
    const items = String(member(value, 'kind')).endsWith('List') ? member(value, 'items') : undefined
    if (!Array.isArray(items)) return [{ document, root: [], object: value }]
    return items.map((object: Json, i) => ({ document, root: ['items', i], object }))
  })
}

function nameOf(object: Json): Json | undefined {
  return member(member(object, 'metadata'), 'name')
}

/** The steps of a pointer, with numbers for the items of lists. A text of `json` is the `value` of its item. */
function pathOf(object: Json, pointer: string): Path {
  const path: (string | number)[] = []
  let value: Json | undefined = object
  for (const step of stepsOf(pointer)) {
    const isText =
      step === 'value' && member(value, step) === undefined && member(value, 'json') !== undefined
    const next: string | number = Array.isArray(value) ? Number(step) : isText ? 'json' : step
    path.push(next)
    value = at(value, next)
  }
  return path
}

/** The path of the innermost member or item of a profile that has an offset in it. */
function pathAt({ node }: ManifestDocument, root: Path, offset: number): Path | undefined {
  const path: (string | number)[] = []
  let held: unknown = node.contents
  while (isCollection(held)) {
    const items: readonly unknown[] = held.items
    // Of two neighbours that meet at the offset, the later one starts there.
    const i = items.findLastIndex(item => isIn(item, offset))
    if (i < 0) break
    const item = items[i]
    path.push(isPair(item) ? String(isScalar(item.key) ? item.key.value : '') : i)
    held = isPair(item) ? item.value : item
  }
  return root.every((step, i) => path[i] === step) ? path.slice(root.length) : undefined
}

function isIn(item: unknown, offset: number): boolean {
  const [from, to] = isPair(item) ? [item.key, item.value ?? item.key] : [item, item]
  const start = isNode(from) ? from.range?.[0] : undefined
  const end = isNode(to) ? to.range?.[1] : undefined
  return start !== undefined && end !== undefined && start <= offset && offset <= end
}

function placed(file: string, { key, value, scalar }: Member): Place {
  const from = (key ?? value)?.from ?? 0
  const to = scalar || !key ? value?.to : key.to
  return { file, from, to: to ?? from }
}
