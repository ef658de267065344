import coreSchemas from '../profile/schema/core.gen.json' with { type: 'json' }
import type { Parameter } from '../profile/schema/schema.ts'
import { functions } from '../template/cel/cel.ts'
import type { Completion, Span } from './protocol.ts'

type Option = Completion['options'][number]

/** The variables, parameters and functions of CEL for the word before an offset of an expression. */
export function completeCel(
  text: string,
  expression: Span,
  offset: number,
  parameters: Readonly<Record<string, Partial<Parameter>>>,
): Completion {
  let from = offset
  while (from > expression.from && isWordPart(text[from - 1]!)) from--
  const dot = text.slice(from, offset).lastIndexOf('.')
  let to = offset
  while (to < expression.to && isName(text[to]!)) to++
  if (dot >= 0) {
    const receiver = text.slice(from, from + dot)
    return { from: from + dot + 1, to, options: membersOf(receiver, parameters) }
  }
  // The type of the result of a call or an index is not known here, so the functions of all types are offered.
  if (text[from - 1] === '.') return { from, to, options: methods() }
  return { from, to, options: [...variables, ...globals()] }
}

const variables: readonly Option[] = [
  { label: 'params', detail: 'parameters', info: 'The parameters of the profile: params.NAME.' },
  { label: 'pod', detail: 'map', info: 'The Pod as its author wrote it.' },
  {
    label: 'namespaceObject',
    detail: 'map',
    info: 'The metadata of the namespace: name, labels and annotations.',
  },
  { label: 'app', detail: 'map', info: 'The first app container.' },
  {
    label: 'container',
    detail: 'map',
    info: 'The app container that gets the item; only under appContainers.',
  },
]

function membersOf(
  receiver: string,
  parameters: Readonly<Record<string, Partial<Parameter>>>,
): readonly Option[] {
  if (receiver === 'params')
    return Object.entries(parameters).map(([label, { type, description }]) => ({
      label,
      ...(type && { detail: type }),
      ...(description && { info: description }),
    }))
  const fields = fieldsOf(receiver)
  return [...fields.map(label => ({ label, detail: 'field' })), ...methods()]
}

function fieldsOf(receiver: string): readonly string[] {
  if (receiver === 'app' || receiver === 'container') return Object.keys(coreSchemas.Container.properties)
  return members[receiver] ?? []
}

const members: Readonly<Record<string, readonly string[]>> = {
  pod: ['metadata', 'spec'],
  'pod.metadata': ['name', 'generateName', 'namespace', 'labels', 'annotations', 'ownerReferences'],
  'pod.spec': [
    'containers',
    'initContainers',
    'volumes',
    'restartPolicy',
    'hostNetwork',
    'hostPID',
    'shareProcessNamespace',
    'serviceAccountName',
    'securityContext',
    'nodeSelector',
    'os',
    'terminationGracePeriodSeconds',
  ],
  namespaceObject: ['metadata'],
  'namespaceObject.metadata': ['name', 'labels', 'annotations'],
}

/** Functions with a receiver: `string.split(string)`. */
function methods(): readonly Option[] {
  return callable(signature => receiverOf(signature) !== undefined && libraryOf(signature) === undefined)
}

/** Functions without a receiver, and those of a library: `cel.bind`. */
function globals(): readonly Option[] {
  return [
    ...callable(signature => receiverOf(signature) === undefined),
    ...callable(signature => libraryOf(signature) !== undefined),
  ]
}

function callable(isWanted: (signature: string) => boolean): readonly Option[] {
  return [...functions()].flatMap(([name, signatures]): readonly Option[] => {
    const wanted = signatures.filter(isWanted)
    if (wanted.length === 0) return []
    const library = libraryOf(wanted[0]!)
    const label = library === undefined ? name : `${library}.${name}`
    return [
      {
        label,
        detail: wanted[0]!,
        ...(wanted.length > 1 && { info: wanted.join('\n') }),
        insert: `${label}(`,
      },
    ]
  })
}

function receiverOf(signature: string): string | undefined {
  const head = signature.slice(0, signature.indexOf('('))
  const dot = head.lastIndexOf('.')
  return dot < 0 ? undefined : head.slice(0, dot)
}

/** The name by which expressions call the functions of a library. */
function libraryOf(signature: string): string | undefined {
  return libraries[receiverOf(signature) ?? '']
}

const libraries: Readonly<Record<string, string | undefined>> = {
  OptionalNamespace: 'optional',
  CelNamespace: 'cel',
}

function isName(character: string): boolean {
  return /\w/.test(character)
}

function isWordPart(character: string): boolean {
  return isName(character) || character === '.'
}

/** The expression `$(…)` around an offset of a text, without `$(` and `)`; it need not be closed. */
export function expressionAround(text: string, offset: number, from: number): Span | undefined {
  let start = -1
  let depth = 0
  for (let at = from; at < offset; at++) {
    if (depth === 0) {
      if (text.startsWith('$$', at)) at++
      else if (text.startsWith('$(', at)) {
        depth = 1
        start = at + 2
        at++
      }
    } else if (text[at] === '(') depth++
    else if (text[at] === ')') depth--
    else if (text[at] === '"' || text[at] === "'") {
      const closing = text.indexOf(text[at]!, at + 1)
      // Inside of a text, nothing is completed.
      if (closing < 0 || closing >= offset) return undefined
      at = closing
    }
  }
  if (depth === 0 || offset < start) return undefined
  const end = text.indexOf('\n', offset)
  return { from: start, to: end < 0 ? text.length : end }
}
