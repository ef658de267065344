import { isObject, type Json, member } from '../json/json.ts'
import type { ProfileText, Sample, WhatIf } from './protocol.ts'

/** What a link to the playground holds. */
export interface Shared {
  readonly manifest: string
  /** Texts of profiles by file, for those that differ from what the page comes with. */
  readonly edited: Readonly<Record<string, string>>
  readonly whatIf: Partial<WhatIf>
  readonly workload: number
  readonly output: string
  /** The other revision of a profile. */
  readonly against: ProfileText
  readonly samples: readonly Sample[]
}

/** Of the format. A page that knows only older ones says so. */
const version = 1

/** The fragment of a link, without `#`: the version, and the content as JSON, deflated, in base64url. */
export async function fragmentOf(shared: Partial<Shared>): Promise<string> {
  const json = new Blob([JSON.stringify(shared)])
  const deflated = await new Response(
    json.stream().pipeThrough(new CompressionStream('deflate-raw')),
  ).arrayBuffer()
  return `${version}.${base64url(new Uint8Array(deflated))}`
}

/** The fragment of a link that chats and mails do not cut, and what it leaves out for that. */
export async function shortFragmentOf(
  shared: Partial<Shared>,
): Promise<{ readonly fragment: string; readonly leftOut: readonly string[] }> {
  const leftOut: string[] = []
  let [rest, fragment] = [shared, await fragmentOf(shared)]
  for (const [key, name] of dispensable) {
    if (fragment.length <= mostInLink) break
    const { [key]: left, ...others } = rest
    if (left === undefined) continue
    leftOut.push(name)
    rest = others
    fragment = await fragmentOf(rest)
  }
  return { fragment, leftOut }
}

/** What a link can do without: the first one goes first. */
const dispensable = [
  ['samples', 'the sample Pods'],
  ['against', 'revision A of the comparison'],
] as const

/** Characters of a fragment. Browsers take 2 MB, and many programs that pass links on take 32 KB or less. */
export const mostInLink = 16_000

/** What a fragment holds, or a sentence that says why it cannot be used. */
export async function sharedIn(fragment: string): Promise<Partial<Shared> | { readonly problem: string }> {
  const [, of = '', encoded = ''] = /^(\d{1,4})\.([A-Za-z0-9_-]+)$/.exec(fragment) ?? []
  if (of === '') return { problem: 'The link to the playground is not complete: copy all of it.' }
  if (Number(of) !== version)
    return {
      problem: `The link is of version ${of} of the playground, and this page reads version ${version}.`,
    }
  try {
    const text = await inflated(bytesOf(encoded))
    const shared = text === undefined ? undefined : sharedOf(JSON.parse(text))
    if (!shared || isTooLarge(shared))
      return { problem: 'The link has more in it than the playground takes.' }
    return shared
  } catch {
    return { problem: 'The link to the playground is damaged: copy it again, all of it.' }
  }
}

/** The page shows what a link holds before the worker looks at it. */
function isTooLarge({
  manifest = '',
  edited = {},
  whatIf = {},
  against,
  samples = [],
}: Partial<Shared>): boolean {
  const texts = [
    manifest,
    ...Object.values(edited),
    against?.text ?? '',
    ...samples.map(each => each.manifest),
  ]
  const names = [...Object.keys(edited), against?.file ?? '', ...samples.map(({ name }) => name)]
  return (
    texts.reduce((sum, text) => sum + text.length, 0) > most.texts ||
    names.length > most.files ||
    names.join('').length + JSON.stringify(whatIf).length > most.names
  )
}

/** Characters, and files of profiles with samples. The table of limits is not in the page: with its reasons it is 3 KB. */
export const most = { texts: 6_291_456, files: 1_000, names: 262_144 } as const

/** Takes only what has the right type. */
function sharedOf(json: Json): Partial<Shared> {
  const text = (name: string) => {
    const value = member(json, name)
    return typeof value === 'string' ? { [name]: value } : {}
  }
  const whatIf = member(json, 'whatIf')
  const edited = member(json, 'edited')
  const workload = member(json, 'workload')
  return {
    ...text('manifest'),
    ...text('output'),
    ...(isObject(edited) && { edited: stringsIn(edited) }),
    ...(Number.isSafeInteger(workload) && { workload: Math.max(0, Number(workload)) }),
    ...(isObject(whatIf) && { whatIf: whatIfOf(whatIf) }),
    ...textsOf(json),
  }
}

function textsOf(json: Json): Pick<Partial<Shared>, 'against' | 'samples'> {
  const { file, text } = stringsIn(member(json, 'against'))
  const listed = member(json, 'samples')
  const samples = (Array.isArray(listed) ? listed : []).flatMap((each: Json): readonly Sample[] => {
    const { name, manifest } = stringsIn(each)
    return name === undefined || manifest === undefined ? [] : [{ name, manifest }]
  })
  return {
    ...(file !== undefined && text !== undefined && { against: { file, text } }),
    ...(samples.length > 0 && { samples }),
  }
}

function whatIfOf(json: Json): WhatIf {
  const text = (name: string, otherwise: string) => {
    const value = member(json, name)
    return typeof value === 'string' ? value : otherwise
  }
  return {
    kubernetesVersion: text('kubernetesVersion', asUsual.kubernetesVersion),
    namespace: text('namespace', asUsual.namespace),
    namespaceLabels: stringsIn(member(json, 'namespaceLabels')),
    namespaceAnnotations: stringsIn(member(json, 'namespaceAnnotations')),
    isSecondCall: member(json, 'isSecondCall') === true,
  }
}

/** What the page assumes until somebody changes it. */
export const asUsual: WhatIf = {
  kubernetesVersion: '1.34',
  namespace: 'default',
  namespaceLabels: {},
  namespaceAnnotations: {},
  isSecondCall: false,
}

function stringsIn(json: Json | undefined): Record<string, string> {
  const entries = isObject(json) ? Object.entries(json) : []
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

/** Bytes in base64. */
export function base64(bytes: Uint8Array): string {
  // Not as arguments of one call: a large text has more bytes than a call takes arguments.
  return btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''))
}

function base64url(bytes: Uint8Array): string {
  return base64(bytes)
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/={1,2}$/, '')
}

function bytesOf(encoded: string): Uint8Array<ArrayBuffer> {
  const binary = atob(encoded.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, character => character.charCodeAt(0))
}

/** undefined for more than the largest texts that the playground takes: a short link can be of a very long text. */
async function inflated(bytes: Uint8Array<ArrayBuffer>): Promise<string | undefined> {
  const decoder = new TextDecoder()
  let text = ''
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'))
  for await (const chunk of stream as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > mostCharacters) return undefined
  }
  return text + decoder.decode()
}

// As many as the largest texts, when JSON writes each character as six.
const mostCharacters = 6 * most.texts
