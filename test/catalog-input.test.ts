import { describe, expect, it } from 'vitest'
import { apply } from '../src/engine/decide.fixture.ts'
import type { Decision } from '../src/engine/decision.ts'
import { isObject, type Json } from '../src/json/json.ts'
import { askingFor, catalog, decideByCatalog } from './catalog-asking.ts'

/** What an annotation may hold by mistake or by malice; each is tried on every parameter. */
const hostile: Readonly<Record<string, string>> = {
  nothing: '',
  blank: ' ',
  'another type': 'true',
  'no number': 'NaN',
  'a negative number': '-1',
  'a number out of range': '1e99',
  'a huge number': '9'.repeat(400),
  'a huge text': 'x'.repeat(60_000),
  'a text beyond the limit': 'x'.repeat(100_000),
  'a command': '; touch /tmp/x #',
  'a pipe': 'x | sh && y',
  'a substitution': '$(touch /tmp/x)',
  'a substitution in backquotes': '`id`',
  'a variable': '${HOME}',
  "the collector's variable": '${env:HOME}',
  "the kubelet's variable": '$(HOME) $$(HOME) $',
  'an expression': '$(pod.metadata.name)',
  quotes: `"'"'`,
  'a backslash': '\\" \\n',
  'a glob': '/*',
  'an option': '--help',
  'two lines': 'a\nb: c',
  'a line end at the end': '/a\n',
  'a carriage return': 'a\r\nb',
  'a control character': 'a\u0000\u001b[31m',
  'YAML of a list': '- &a [*a, {b: c}]',
  'YAML of a mapping': 'a: {b: [c]}',
  'a document end': '---\nkind: Pod',
  'JSON that breaks out': '"}], "x": [{"y": "z',
  'a template': '{{ .Values.x }} <% x %> %[1]s',
  'a path above': '../../etc/passwd',
  'a path above the root': '/../../etc',
  'a path with a path above': '/var/log/../../etc',
  'a path of two volumes': '/a:/b',
  'text that is turned around': '\u202ecod.exe',
}

describe.each(catalog.all.map(profile => ({ name: profile.name, profile })))(
  'the parameters of $name',
  ({ profile }) => {
    const good = askingFor(profile)
    const injected = decideByCatalog(asking(good))

    it('take the values that are tried first', () => {
      expect(injected).toMatchObject({ outcome: 'injected' })
    })

    it('deny a hostile value with a clear message, or pass it on as it is and in one piece', () => {
      const harm = Object.keys(profile.parameters).flatMap(parameter =>
        Object.entries(hostile).flatMap(([what, value]) =>
          harmOf(parameter, value).map(problem => `${parameter}, ${what}: ${problem}`),
        ),
      )
      expect(harm).toEqual([])
    })

    /** What is wrong with the answer to a value: nothing, as a rule. */
    function harmOf(parameter: string, value: string): string[] {
      const key = `pillion.dev/${profile.name}.${parameter}`
      const decision = decideByCatalog(asking({ ...good, [key]: value }))
      const { outcome, reason, message } = decision
      if (outcome === 'denied' || outcome === 'skipped') {
        if (reason === 'RequirementNotMet' && message.startsWith(`profile ${profile.name}: `)) return []
        return [
          ...(reason === 'InvalidParameter' || (reason === 'LimitExceeded' && value.length > 65_536)
            ? []
            : [`${reason}: ${message.slice(0, 300)}`]),
          ...(message.includes(key) ? [] : [`the message does not name the annotation: ${message}`]),
          ...(/\p{Cc}/u.test(message) ? ['the message has control characters'] : []),
          ...(message.length > 1_500 ? [`the message has ${message.length} characters`] : []),
        ]
      }
      const before = leavesOf(podOf(good, injected))
      const after = leavesOf(podOf({ ...good, [key]: value }, decision))
      return [...after]
        .filter(([path, leaf]) => before.get(path) !== leaf)
        .flatMap(([path, leaf]) => damage(path, leaf, value, before.get(path)))
    }
  },
)

it('no script holds an expression', () => {
  const scripts = catalog.all.flatMap(({ name, containers, initContainers }) =>
    [...containers, ...initContainers].flatMap(({ body }) =>
      expressionsInScripts(body).map(at => `${name}: ${at}`),
    ),
  )
  expect(scripts).toEqual([])
})

/** What became of a text that is not as it is with a good value. */
function damage(path: string, leaf: unknown, value: string, before: unknown): string[] {
  const isNew = before === undefined && !String(leaf).includes(value)
  if (isScript(path, leaf) && !isNew) return [`${path} is a script and has changed`]
  const isPlain = /^[\w./:@-]*$/.test(value)
  if (isPlain || typeof leaf !== 'string') return []
  if (leaf.includes('\n') && typeof before === 'string' && before.includes('\n'))
    return [`${path} is text of several lines, with the value in it`]
  // As a whole, among the text around it, or the words of it, each for itself; a "$" is doubled for those who expand it.
  const [text = '', whole = ''] = [leaf, value].map(one => one.replace(/\$+/g, '$'))
  return text.includes(whole) || whole.includes(text)
    ? []
    : [`${path} is ${JSON.stringify(leaf.slice(0, 100))}`]
}

function asking(annotations: Readonly<Record<string, string>>) {
  const ports = [{ containerPort: 61_234 }]
  return {
    metadata: { name: 'cart', annotations },
    spec: { shareProcessNamespace: true, containers: [{ name: 'app', image: 'example/app:1', ports }] },
  }
}

/** The Pod after the decision, without the annotations, of which the status repeats the paths as JSON. */
function podOf(annotations: Readonly<Record<string, string>>, { patch }: Decision): Json {
  return apply(asking(annotations), patch).spec ?? {}
}

/** Every scalar by its path, in which an item of a list has its name; text that is a JSON object counts as what it holds. */
function leavesOf(value: Json | undefined, path = ''): Map<string, unknown> {
  const inside = typeof value === 'string' && value.startsWith('{') ? parsed(value) : value
  if (typeof inside !== 'object' || inside === null) return new Map([[path, inside]])
  return new Map(
    Object.entries(inside).flatMap(([key, member]) => [
      ...leavesOf(member as Json, `${path}/${(member as { name?: string } | null)?.name ?? key}`),
    ]),
  )
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}

/** What a shell reads stands in `command`, of which nothing depends on a parameter; `args` are its words. */
function isScript(path: string, leaf: unknown): boolean {
  return /\/command\/[1-9]\d*$/.test(path) && typeof leaf === 'string'
}

/** The places in a compiled container where a `-c` is followed by anything but constant text. */
function expressionsInScripts(template: unknown, path = ''): string[] {
  if (Array.isArray(template))
    return template.flatMap((item, i) => expressionsInScripts(item, `${path}/${i}`))
  if (!isObject(template as Json)) return []
  const { kind, items } = template as { kind?: string; items?: readonly { kind: string; value?: unknown }[] }
  const script = (items ?? []).findIndex(({ value }) => typeof value === 'string' && /^-\w*c$/.test(value))
  const isOpen = kind === 'list' && script >= 0 && items?.[script + 1]?.kind !== 'constant'
  return [
    ...(isOpen ? [`${path}/${script + 1}`] : []),
    ...Object.entries(template as object).flatMap(([key, member]) =>
      key === 'parts' ? [] : expressionsInScripts(member, `${path}/${key}`),
    ),
  ]
}
