import { annotation } from '../engine/pod.ts'
import { namesTried } from '../engine/select/select.ts'
import { accepts } from '../profile/parameters.ts'
import type { Profile } from '../profile/profile.ts'
import { type Parameter, pinName } from '../profile/schema/schema.ts'
import { type Cursor, cursorAt, keyText, scalarText } from './cursor.ts'
import { membersOfRoot } from './flow-cursor.ts'
import type { Completion } from './protocol.ts'
import { lineStartAt } from './text-lines.ts'

type Option = Completion['options'][number]

/** Annotations of Pillion and their values, where the cursor is in annotations that Pillion reads. */
export function completeManifest(
  text: string,
  offset: number,
  profiles: readonly Profile[],
  /** Compiles a profile. */
  find: (name: string) => Profile | undefined,
): Completion | undefined {
  const cursor = cursorAt(text, offset)
  const place = placeOf(text, cursor)
  if (place === undefined || offset < cursor.start) return undefined
  if (!cursor.isInValue) {
    const options = place === 'labels' ? [labelOption(cursor)] : keyOptions(text, cursor, profiles)
    return { from: cursor.start, to: Math.max(offset, cursor.end), options }
  }
  if (place === 'labels')
    return cursor.key === annotation.inject
      ? valueCompletion(cursor, offset, [{ label: 'enabled' }])
      : undefined
  if (cursor.key === annotation.inject) return requestCompletion(text, cursor, offset, profiles)
  const [profile, parameter] = settingOf(cursor.key, profiles)
  if (!profile) return undefined
  if (parameter === undefined)
    return cursor.key.endsWith(`.${pinName}`) ? pinCompletion(cursor, offset, find(profile.name)) : undefined
  return valueCompletion(cursor, offset, valueOptions(parameter))
}

/** What Pillion reads at the cursor: the annotations of Pods and of namespaces, and the labels of namespaces. */
export function placeOf(text: string, { path, document }: Cursor): 'annotations' | 'labels' | undefined {
  const field = path.at(-1)
  if (path.at(-2) !== 'metadata' || (field !== 'annotations' && field !== 'labels')) return undefined
  const kind = kindIn(text, document)
  const isItem = path[0] === 'items'
  const owner = path.slice(isItem ? 2 : 0, -2)
  if (kind === 'Namespace') return owner.length === 0 ? field : undefined
  if (field === 'labels') return undefined
  const isOfPods = owner.at(-1) === 'template' || (owner.length === 0 && (kind === 'Pod' || isItem))
  return isOfPods ? field : undefined
}

function kindIn(text: string, span: Cursor['document']): string {
  const members = membersOfRoot(text, span)
  if (members.length > 0) return members.find(({ key }) => key === 'kind')?.value ?? ''
  const document = text.slice(span.from, span.to)
  const at = document.startsWith('kind:') ? 0 : document.indexOf('\nkind:') + 1
  if (at === 0 && !document.startsWith('kind:')) return ''
  const end = document.indexOf('\n', at)
  return document.slice(at + 'kind:'.length, end < 0 ? undefined : end).trim()
}

export const labelMeaning =
  'With the value "enabled", the API server calls Pillion for every Pod of the namespace.'

function labelOption(cursor: Cursor): Option {
  return {
    label: annotation.inject,
    detail: 'enabled',
    info: labelMeaning,
    ...(!cursor.isQuoted && {
      insert: `${keyText(cursor, annotation.inject)}: ${scalarText(cursor, 'enabled')}`,
    }),
  }
}

/** The annotations that are not there yet; the parameters of the profiles that are asked for come first. */
function keyOptions(text: string, cursor: Cursor, profiles: readonly Profile[]): readonly Option[] {
  const present = new Set(siblingsOf(text, cursor))
  const requested = new Set(namesTried(present.has(annotation.inject) ? requestIn(text, cursor) : ''))
  const inOrder = [
    ...profiles.filter(({ name }) => requested.has(name)),
    ...profiles.filter(({ name }) => !requested.has(name)),
  ]
  const end = hasColonAfter(text, cursor) || cursor.isQuoted ? '' : ': '
  const keyed = (label: string) => (end === '' ? label : `${keyText(cursor, label)}${end}`)
  const all: readonly Option[] = [
    {
      label: annotation.inject,
      detail: 'names of profiles',
      info: 'The profiles that the Pod gets, with commas between them; "none" opts out.',
      insert: keyed(annotation.inject),
    },
    ...inOrder.flatMap(({ name, parameters }) =>
      Object.entries(parameters).map(([parameter, declared]): Option => {
        const label = `${annotation.prefix}${name}.${parameter}`
        return {
          label,
          detail: shortOf(declared),
          info: describeParameter(declared),
          insert: keyed(label),
        }
      }),
    ),
  ]
  return all.filter(({ label }) => !present.has(label) || label === cursor.key)
}

function hasColonAfter(text: string, { end }: Cursor): boolean {
  return text[end] === ':' || (/["']/.test(text[end] ?? '') && text[end + 1] === ':')
}

/** The other keys of the map of the cursor. */
function siblingsOf(text: string, cursor: Cursor): readonly string[] {
  return linesOfMap(text, cursor).map(({ key }) => key)
}

function requestIn(text: string, cursor: Cursor): string {
  return linesOfMap(text, cursor).find(({ key }) => key === annotation.inject)?.value ?? ''
}

/** The lines of a map of scalars around the cursor. */
function linesOfMap(
  text: string,
  { start, flow }: Cursor,
): readonly { readonly key: string; readonly value: string }[] {
  if (flow) return flow.others
  const lineStart = lineStartAt(text, start)
  const column = indentOf(text, lineStart)
  const found: { key: string; value: string }[] = []
  const look = (at: number): boolean => {
    const indent = indentOf(text, at)
    const end = text.indexOf('\n', at)
    const line = text.slice(at, end < 0 ? undefined : end)
    if (line.trim() === '') return true
    if (indent < column) return false
    if (indent > column) return true
    const cursor = cursorAt(text, end < 0 ? text.length : end)
    if (cursor.isInValue) found.push({ key: cursor.key, value: text.slice(cursor.start, cursor.end) })
    return true
  }
  for (let at = lineStart, left = mostLines; at > 0 && left > 0; left--) {
    at = lineStartAt(text, at - 1)
    if (!look(at)) break
  }
  for (
    let next = text.indexOf('\n', lineStart), left = mostLines;
    next >= 0 && left > 0;
    next = text.indexOf('\n', next + 1), left--
  )
    if (!look(next + 1)) break
  return found
}

// A Pod has fewer annotations.
const mostLines = 500

function indentOf(text: string, at: number): number {
  let column = at
  while (text[column] === ' ') column++
  return column - at
}

function requestCompletion(
  text: string,
  cursor: Cursor,
  offset: number,
  profiles: readonly Profile[],
): Completion {
  const before = text.slice(cursor.start, offset)
  const from = cursor.start + before.length - before.slice(before.lastIndexOf(',') + 1).trimStart().length
  const comma = text.slice(offset, cursor.end).indexOf(',')
  const to = Math.max(offset, comma < 0 ? cursor.end : offset + comma)
  const others = new Set(namesTried(`${text.slice(cursor.start, from)},${text.slice(to, cursor.end)}`))
  const options = profiles
    .filter(({ name }) => !others.has(name))
    .map(({ name, description = '' }): Option => ({ label: name, detail: 'profile', info: description }))
  const none = {
    label: 'none',
    detail: 'opts out',
    info: 'The Pod gets no profile, even if its namespace asks for some.',
  }
  return { from, to, options: others.size === 0 ? [...options, none] : options }
}

function valueCompletion(cursor: Cursor, offset: number, options: readonly Option[]): Completion | undefined {
  if (options.length === 0) return undefined
  const written = options.map(option => {
    const text = scalarText(cursor, option.label)
    return text === option.label ? option : { ...option, insert: text }
  })
  return { from: cursor.start, to: Math.max(offset, cursor.end), options: written }
}

function pinCompletion(cursor: Cursor, offset: number, profile?: Profile): Completion | undefined {
  return (
    profile && valueCompletion(cursor, offset, [{ label: profile.revision, detail: 'the present revision' }])
  )
}

function valueOptions({
  type,
  enum: allowed,
  default: value,
  example,
  minimum,
  maximum,
  description = '',
}: Parameter): readonly Option[] {
  const suggested: readonly (readonly [unknown, string])[] = [
    ...(allowed ?? []).map(each => [each, each === value ? 'default' : ''] as const),
    ...(type === 'boolean'
      ? ([
          [true, value === true ? 'default' : ''],
          [false, value === false ? 'default' : ''],
        ] as const)
      : []),
    [value, 'default'],
    [example, 'example'],
    [minimum, 'minimum'],
    [maximum, 'maximum'],
  ]
  const byLabel = new Map<string, Option>()
  for (const [each, detail] of suggested) {
    const label = String(each ?? '')
    if (label !== '' && !byLabel.has(label))
      byLabel.set(label, {
        label,
        ...(detail !== '' && { detail }),
        ...(description !== '' && { info: description }),
      })
  }
  return [...byLabel.values()]
}

/** The profile of an annotation and its parameter, if there is one of this name. */
export function settingOf(key: string, profiles: readonly Profile[]): readonly [Profile?, Parameter?] {
  if (!key.startsWith(annotation.prefix)) return []
  const [name = '', parameter = ''] = key.slice(annotation.prefix.length).split(/\.(.*)/s)
  const profile = profiles.find(each => each.name === name)
  if (!profile) return []
  return [profile, Object.hasOwn(profile.parameters, parameter) ? profile.parameters[parameter] : undefined]
}

function shortOf(declared: Parameter): string {
  const { pattern: _, ...others } = declared
  return `${accepts(others)}${declared.required ? ', required' : ''}`
}

/** A parameter in sentences. */
export function describeParameter(declared: Parameter): string {
  const { description = '', default: value, example, required } = declared
  const { pattern: _, ...others } = declared
  return [
    description,
    `Type: ${accepts(others)}.`,
    value === undefined
      ? required
        ? 'It is required.'
        : 'It is optional.'
      : `Default: ${JSON.stringify(value)}.`,
    example === undefined ? '' : `Example: ${JSON.stringify(example)}.`,
  ]
    .filter(line => line !== '')
    .join('\n')
}
