import { type TSchema, Type } from 'typebox'
import { stringify } from 'yaml'
import type { JsonObject } from '../../src/json/json.ts'

/** values.schema.json: Helm rejects a value that it does not allow, with the path. https://helm.sh/docs/topics/charts/#schema-files */
export function valuesSchema(values: Readonly<Record<string, TSchema>>): JsonObject {
  const schema = JSON.parse(
    JSON.stringify(Type.Object(values, { additionalProperties: false })),
  ) as JsonObject
  const properties = schema['properties'] as Record<string, JsonObject>
  // Helm passes `global` of a chart to every chart in it.
  properties['global'] = anything
  Object.assign(properties['crds']?.['properties'] ?? {}, { global: anything })
  const { required: _, ...rest } = schema
  return { $schema: 'http://json-schema.org/draft-07/schema#', title: 'Values of the chart pillion', ...rest }
}

const anything = { type: 'object', description: 'Values of charts that contain this chart.' }

/** values.yaml: each default, below its description. */
export function valuesYaml(values: Readonly<Record<string, TSchema>>): string {
  const sections = Object.entries(values).map(([name, value]) => section(name, value, 0).join('\n'))
  return `${sections.join('\n\n')}\n`
}

function section(name: string, value: TSchema, depth: number): readonly string[] {
  const indent = '  '.repeat(depth)
  const { description, members } = read(value)
  const comment = wrapped(description, width - indent.length - 2).map(line => `${indent}# ${line}`)
  if ('default' in value) return [...comment, ...leaf(name, value['default'], indent)]
  return [
    ...comment,
    `${indent}${name}:`,
    ...members.flatMap(([member, each]) => section(member, each, depth + 1)),
  ]
}

function leaf(name: string, fallback: unknown, indent: string): readonly string[] {
  const written = stringify({ [name]: fallback }, { lineWidth: 0 }).trimEnd()
  return written.split('\n').map(line => `${indent}${line}`)
}

const width = 110

function wrapped(text: string, most: number): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < most) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

/** The table in the chart's README: a row for each value without members. */
export function valuesTable(values: Readonly<Record<string, TSchema>>): string {
  const lines = Object.entries(values).flatMap(([name, value]) => rows(name, value))
  return ['| Value | Default | Description |', '|---|---|---|', ...lines].join('\n')
}

function rows(path: string, value: TSchema): readonly string[] {
  const { description, members, words } = read(value)
  if (members.length > 0) return members.flatMap(([name, member]) => rows(`${path}.${name}`, member))
  const fallback = 'default' in value ? `\`${JSON.stringify(value['default'])}\`` : ''
  const choice = words ? ` One of \`${words.join('`, `')}\`.` : ''
  return [`| \`${path}\` | ${escaped(fallback)} | ${escaped(description + choice)} |`]
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|')
}

function read(value: TSchema) {
  const { description, properties, enum: words } = value as Written
  return { description: description ?? '', members: Object.entries(properties ?? {}), words }
}

interface Written {
  readonly description?: string
  readonly properties?: Readonly<Record<string, TSchema>>
  readonly enum?: readonly string[]
}
