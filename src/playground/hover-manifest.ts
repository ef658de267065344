import { annotation } from '../engine/pod.ts'
import type { Profile } from '../profile/profile.ts'
import { pinName } from '../profile/schema/schema.ts'
import { describeParameter, labelMeaning, placeOf, settingOf } from './complete-manifest.ts'
import { cursorAt } from './cursor.ts'
import type { Hover } from './protocol.ts'

/** What an annotation of Pillion means, at an offset of a manifest. */
export function hoverManifest(text: string, offset: number, profiles: readonly Profile[]): Hover | undefined {
  const cursor = cursorAt(text, offset)
  const { key, isInValue, start, end } = cursor
  if (!key.startsWith(annotation.prefix) || offset > end || offset < start) return undefined
  const [profile, parameter] = settingOf(key, profiles)
  if (parameter) return { from: start, to: end, text: describeParameter(parameter) }
  if (profile && key.endsWith(`.${pinName}`))
    return {
      from: start,
      to: end,
      text: `The Pod gets this revision of ${profile.name}, also after a newer one is rolled out.`,
    }
  const place = key === annotation.inject ? placeOf(text, cursor) : undefined
  if (place === 'labels') return { from: start, to: end, text: labelMeaning }
  if (place === undefined) return undefined
  if (!isInValue)
    return {
      from: start,
      to: end,
      text: 'The profiles that the Pod gets, with commas between them.\n"none" opts out.',
    }
  const from = Math.max(start, text.lastIndexOf(',', offset - 1) + 1)
  const comma = text.indexOf(',', offset)
  const part = text.slice(from, comma < 0 ? end : Math.min(comma, end))
  const name = part.trim()
  const named = profiles.find(each => each.name === name)
  if (!named) return undefined
  const at = from + part.indexOf(name)
  const lines = [
    named.description ?? '',
    ...Object.entries(named.parameters).map(([each, { description = '' }]) => `${each}: ${description}`),
  ]
  return { from: at, to: at + name.length, text: lines.filter(line => line !== '').join('\n') }
}
