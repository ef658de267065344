import { type Json, member } from '../../json/json.ts'
import type { TemplateLine } from './imported.ts'

/** A Go template as YAML text of as many lines. */
interface ReadTemplate {
  readonly text: string
  /** The lines that could not stay, and why. */
  readonly lines: readonly TemplateLine[]
  /** What was put in the place of an action, by line. */
  readonly replaced: ReadonlyMap<number, string>
}

/**
 * Keeps the lines of a Go template that are always there. An action that reads one value or one annotation becomes that value,
 * or an expression. Other lines become empty, so that all others keep their numbers. A line inside `if`, `range`, `with`
 * or `define` is not always there. Lines count from `first`. https://pkg.go.dev/text/template
 */
export function readTemplate(text: string, values: Json, first: number): ReadTemplate {
  const written = text.split('\n')
  const refused = new Map<number, string>()
  const replaced = new Map<number, string>()
  const blocks: { readonly line: number; readonly text: string }[] = []
  const lined = actionsOf(written)
  const kept = written.map((content, i) => {
    const { actions, ends, isInside } = lined[i]!
    const open = blocks.at(-1)
    for (const { source, line } of ends) {
      const [word = ''] = /^\w+/.exec(source) ?? []
      if (opening.has(word)) blocks.push({ line: first + line, text: source })
      else if (word === 'end') blocks.pop()
    }
    const line = readLine(content, isInside ? undefined : actions, open, values)
    if ('why' in line) refused.set(i, line.why)
    else if (line.replaced !== '') replaced.set(first + i, line.replaced)
    return 'why' in line ? '' : line.text
  })
  for (const { start, end } of textsIn(written)) {
    if (!range(start + 1, end).some(i => refused.has(i))) continue
    for (const i of range(start, end)) {
      if (!refused.has(i))
        refused.set(i, 'a part of this text cannot stay: write the whole text into the profile')
      replaced.delete(first + i)
      kept[i] = ''
    }
  }
  const lines = [...refused]
    .filter(([i]) => written[i]!.trim() !== '')
    .map(([i, why]) => ({ line: first + i, text: written[i]!.trim(), why }))
  return { text: kept.join('\n'), lines, replaced }
}

function range(start: number, end: number): readonly number[] {
  return Array.from({ length: end - start }, (_, i) => start + i)
}

/** The block scalars: the line with `|` or `>`, and the first line behind them. Each line is read once. */
function textsIn(lines: readonly string[]): readonly { readonly start: number; readonly end: number }[] {
  const found: { start: number; end: number }[] = []
  for (let i = 0; i < lines.length; i++) {
    if (!/[:-] [|>][-+0-9]*$/.test(lines[i]!.trimEnd())) continue
    const indent = indentOf(lines[i]!)
    let end = i + 1
    while (end < lines.length && (lines[end]!.trim() === '' || indentOf(lines[end]!) > indent)) end++
    found.push({ start: i, end })
    i = end - 1
  }
  return found
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length
}

type ReadLine = { readonly why: string } | { readonly text: string; readonly replaced: string }

function readLine(
  content: string,
  actions: readonly Action[] | undefined,
  open: { readonly line: number; readonly text: string } | undefined,
  values: Json,
): ReadLine {
  if (!actions) return { why: 'an action of several lines cannot become part of a profile' }
  if (actions.some(({ source }) => isControl(source)))
    return { why: 'a condition or a loop: write `when`, an expression, or one item for each' }
  if (open)
    return { why: `only inside "${open.text}" of line ${open.line}: write it into the profile with \`when\`` }
  const parts = actions.map(({ source }) => ({ source, becomes: replacement(source, values) }))
  const unknown = parts.find(({ becomes }) => becomes === undefined)
  if (unknown) return { why: `"${unknown.source}" has no counterpart: write the value, or an expression` }
  const becomes = parts.map(part => part.becomes!)
  return {
    text: withReplaced(content, actions, becomes),
    replaced: parts.map(part => `{{ ${part.source} }} is ${part.becomes}`).join(', '),
  }
}

function isControl(source: string): boolean {
  return /^(if|range|with|define|block|end|else|template|break|continue)\b/.test(source)
}

const opening: ReadonlySet<string> = new Set(['if', 'range', 'with', 'define', 'block'])

interface Action {
  /** In its line, or in the line where it ends. */
  readonly start: number
  readonly end: number
  readonly source: string
  /** Where it starts; lines count from 0. */
  readonly line: number
}

interface Line {
  /** Those that start and end in the line. */
  readonly actions: readonly Action[]
  /** Those that end in it. */
  readonly ends: readonly Action[]
  /** An action of several lines has a part of it. */
  readonly isInside: boolean
}

/** The actions of each line. */
function actionsOf(lines: readonly string[]): readonly Line[] {
  let begun: { readonly line: number; readonly parts: string[]; readonly closing: string } | undefined
  return lines.map((content, line): Line => {
    const actions: Action[] = []
    const ends: Action[] = []
    const startedBefore = begun !== undefined
    for (let at = 0; ; ) {
      const start = begun ? at : content.indexOf('{{', at)
      if (start < 0) break
      const from: number = begun ? start : start + 2
      begun ??= { line, parts: [], closing: /^(?:- )?\/\*/.test(content.slice(from, from + 4)) ? '*/' : '' }
      const { parts, closing } = begun
      // A comment may have braces.
      const last = closing === '' ? from : content.indexOf(closing, from)
      const close: number = last < 0 ? -1 : content.indexOf('}}', last)
      parts.push(close < 0 ? content.slice(from) : content.slice(from, close))
      if (close < 0) break
      const action = { start, end: close + 2, source: sourceOf(parts.join('\n')), line: begun.line }
      ends.push(action)
      if (begun.line === line) actions.push(action)
      begun = undefined
      at = close + 2
    }
    return { actions, ends, isInside: startedBefore || begun !== undefined }
  })
}

/** What is between the braces, without the signs that trim white space. */
function sourceOf(inner: string): string {
  return inner
    .replace(/^-(?=\s)/, '')
    .replace(/\s-$/, '')
    .trim()
}

function withReplaced(line: string, actions: readonly Action[], by: readonly string[]): string {
  let text = ''
  let end = 0
  for (const [i, action] of actions.entries()) {
    text += line.slice(end, action.start) + by[i]
    end = action.end
  }
  return text + line.slice(end)
}

/** The value or the expression that an action becomes; undefined if it is more than one value. */
function replacement(source: string, values: Json): string | undefined {
  const words = source.split(/\s+/)
  const [first = '', second = '', third = '', fourth = ''] = words
  if (words.length === 1) return fields.get(first) ?? scalarAt(first, values)
  const map = maps.get(second)
  if (first === 'index' && words.length === 3) return map && fromPod(map, literal(third), '')
  if (first === 'valueOrDefault' && words.length === 3) return scalarAt(second, values) ?? literal(third)
  if (first === 'annotation' && second === '.ObjectMeta' && words.length === 4)
    return fromPod('annotations', literal(third), literal(fourth) ?? scalarAt(fourth, values))
  return undefined
}

function fromPod(map: string, key: string | undefined, fallback: string | undefined): string | undefined {
  if (key === undefined || fallback === undefined) return undefined
  return `$(pod.metadata.?${map}[?'${key}'].orValue('${fallback}'))`
}

const fields = new Map([
  ['.ObjectMeta.Name', "$(pod.metadata.?name.orValue(''))"],
  ['.ObjectMeta.GenerateName', "$(pod.metadata.?generateName.orValue(''))"],
  ['.ObjectMeta.Namespace', '$(namespaceObject.metadata.name)'],
  ['.DeploymentMeta.Namespace', '$(namespaceObject.metadata.name)'],
  ['.Spec.ServiceAccountName', "$(pod.spec.?serviceAccountName.orValue('default'))"],
])

const maps = new Map([
  ['.ObjectMeta.Labels', 'labels'],
  ['.ObjectMeta.Annotations', 'annotations'],
])

function literal(word: string): string | undefined {
  const text = /^(?:"([^"\\]*)"|`([^`]*)`)$/.exec(word)
  const inner = text?.[1] ?? text?.[2]
  return inner !== undefined && plain.test(inner) ? inner : undefined
}

/** The value at `.Values.a.b`, if it is one that YAML reads as it is written. */
function scalarAt(word: string, values: Json): string | undefined {
  if (!word.startsWith('.Values.')) return undefined
  const value = word
    .slice('.Values.'.length)
    .split('.')
    .reduce<Json | undefined>((each, key) => member(each, key), values)
  return value !== undefined && typeof value !== 'object' && plain.test(String(value))
    ? String(value)
    : undefined
}

const plain = /^[\w./:@+-]*$/
