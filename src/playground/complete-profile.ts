import { realTypes, type Schema, schemaAt, typesOf } from '../json/schema.ts'
import type { Path } from '../problems/problem.ts'
import type { Profile } from '../profile/profile.ts'
import descriptions from '../profile/schema/descriptions.gen.json' with { type: 'json' }
import { kinds, type Parameter, ProfileObject } from '../profile/schema/schema.ts'
import { completeCel, expressionAround } from './complete-cel.ts'
import { type Cursor, cursorAt, keysAt, keyText } from './cursor.ts'
import type { Completion, Hover } from './protocol.ts'
import { lineStartAt } from './text-lines.ts'

type Option = Completion['options'][number]

const root = ProfileObject as unknown as Schema

/** The fields of a profile, their values, and CEL in expressions. `declared` are its parameters, if it is YAML. */
export function completeProfile(
  text: string,
  offset: number,
  declared: Profile['parameters'],
): Completion | undefined {
  const cursor = cursorAt(text, offset)
  const { path, key, isInValue, start, end, isQuoted, document } = cursor
  if (offset < start) return undefined
  const schema = schemaOf(path)
  const parameters = parametersIn(text.slice(document.from, document.to), declared)
  const lineStart = lineStartAt(text, offset)
  const around = expressionAround(text, offset, isInValue ? start : lineStart)
  if (around) return completeCel(text, around, offset, parameters)
  if (!isInValue) {
    if (!schema || (typeof path.at(-1) === 'number' && !schema.properties))
      return valueAt(schema, '', cursor, offset)
    const present = new Set(siblings(text, cursor))
    const options = keysOf(schema, cursor).filter(({ label }) => label === key || !present.has(label))
    const isFollowed = text[end] === ':' || isQuoted
    return {
      from: start,
      to: Math.max(offset, end),
      options: isFollowed ? options.map(({ insert: _, ...option }) => option) : options,
    }
  }
  const member = schema && below(schema, key)
  if (member && isCel(path, key) && !isSelectWord(text.slice(start, offset)))
    return completeCel(text, { from: start, to: end }, offset, parameters)
  return valueAt(member, key, cursor, offset)
}

function valueAt(
  schema: Schema | undefined,
  key: string,
  { start, end, isQuoted, flow }: Cursor,
  offset: number,
): Completion | undefined {
  const options = key === 'kind' ? kinds.map(label => ({ label })) : valuesOf(schema)
  if (options.length === 0) return undefined
  const isWord = ({ label }: Option) => label === 'true' || label === 'false'
  const written = (option: Option) =>
    flow?.isJson && !isWord(option) ? { ...option, insert: JSON.stringify(option.label) } : option
  return {
    from: start,
    to: Math.max(offset, end),
    options: isQuoted ? options.filter(option => !isWord(option)) : options.map(written),
  }
}

/** What is CEL without `$( )`. */
function isCel(path: Path, key: string): boolean {
  return key === 'when' || (key === 'expression' && path.includes('requires')) || key === 'select'
}

function isSelectWord(typed: string): boolean {
  return typed === ''
}

function schemaOf(path: Path): Schema | undefined {
  return schemaAt(root, path)
}

function below(schema: Schema, key: string): Schema | undefined {
  return schemaAt(schema, [key])
}

function keysOf(schema: Schema, cursor: Cursor): readonly Option[] {
  const { path, flow } = cursor
  return Object.entries(schema.properties ?? {}).map(([label, member]) => {
    const info = meaningOf([...path, label]) ?? member.title
    const isRequired = schema.required?.includes(label) === true
    return {
      label,
      detail: `${typeText(member)}${isRequired ? ', required' : ''}`,
      ...(info !== undefined && { info }),
      insert: `${keyText(cursor, label)}:${isScalar(member) || flow ? ' ' : ''}`,
    }
  })
}

function isScalar(schema: Schema): boolean {
  const types = realTypes(schema)
  return !types.includes('object') && !types.includes('array')
}

function typeText(schema: Schema): string {
  if (schema['x-quantity'] === true) return 'quantity'
  const types = realTypes(schema)
  if (types.length > 0) return types.join(' or ')
  return schema.enum ? 'string' : 'any'
}

function valuesOf(schema: Schema | undefined): readonly Option[] {
  if (!schema) return []
  const item = schema.items && typesOf(schema).includes('array') ? schema.items : undefined
  const allowed = (schema.enum ?? schema['x-values'] ?? item?.enum) as readonly unknown[] | undefined
  if (allowed) return allowed.map(value => ({ label: String(value) }))
  return realTypes(schema).includes('boolean') ? [{ label: 'true' }, { label: 'false' }] : []
}

/** The keys of the map of the cursor that are written already. In a list, other items have the same keys, so all are offered. */
function siblings(text: string, { flow, path, document: { from, to } }: Cursor): readonly string[] {
  if (flow) return flow.others.map(({ key }) => key)
  if (path.some(step => typeof step === 'number')) return []
  return keysAt(text.slice(from, to), path as readonly string[])
}

/** The parameters that the document declares, with their types if the text is YAML. */
function parametersIn(
  document: string,
  declared: Profile['parameters'],
): Readonly<Record<string, Partial<Parameter>>> {
  const names = keysAt(document, ['spec', 'parameters'])
  // In braces they are known if the text can be read.
  return names.length === 0 ? declared : Object.fromEntries(names.map(name => [name, declared[name] ?? {}]))
}

/** The meaning of a field, as in docs/profiles.md. */
function meaningOf(path: Path): string | undefined {
  const field = path.reduce<string>((at, step, i) => {
    if (typeof step === 'number') return `${at}[]`
    const isName = path[i - 1] === 'parameters' && i === 2
    return `${at}${at === '' ? '' : '.'}${isName ? 'NAME' : step}`
  }, '')
  const table: Readonly<Record<string, string>> = descriptions
  const shared = field.replace(
    /^spec\.(initContainers|containers)\[\]\.(?=(env|envFrom|volumeMounts)\[\]\.)/,
    'spec.appContainers[].',
  )
  return table[field] ?? table[shared]
}

/** What a field of a profile means, at an offset of its text. */
export function hoverProfile(
  text: string,
  offset: number,
  declared: Profile['parameters'],
): Hover | undefined {
  const { path, key, isInValue, start, end, document } = cursorAt(text, offset)
  if (isInValue) {
    const parameters = parametersIn(text.slice(document.from, document.to), declared)
    return parameterAt(text, offset, parameters)
  }
  const schema = schemaOf(path)
  const member = schema && key !== '' ? below(schema, key) : undefined
  if (!member || offset > end || offset < start) return undefined
  const lines = [meaningOf([...path, key]) ?? member.title ?? '', `Type: ${typeText(member)}.`]
  return { from: start, to: end, text: lines.filter(line => line !== '').join('\n') }
}

function parameterAt(
  text: string,
  offset: number,
  parameters: ReturnType<typeof parametersIn>,
): Hover | undefined {
  let [from, to] = [offset, offset]
  while (from > 0 && /[\w.]/.test(text[from - 1]!)) from--
  while (to < text.length && /\w/.test(text[to]!)) to++
  const name = text.slice(from, to).startsWith('params.')
    ? text.slice(from + 'params.'.length, to)
    : undefined
  if (name === undefined || !Object.hasOwn(parameters, name)) return undefined
  const { type, description, default: value } = parameters[name]!
  const lines = [
    description ?? '',
    type ? `Type: ${type}.` : '',
    value === undefined ? '' : `Default: ${JSON.stringify(value)}.`,
  ]
  return { from, to, text: lines.filter(line => line !== '').join('\n') || `The parameter ${name}.` }
}
