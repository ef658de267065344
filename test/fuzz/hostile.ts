import type { Json, JsonObject } from '../../src/json/json.ts'
import { hostileExpressions } from '../../src/template/cel/worst.fixture.ts'
import type { Random } from './random.ts'

/** Values that cost what they are made of: repeated, nested, wide, long, or just odd. */

const odd = [
  '',
  ' ',
  '__proto__',
  'constructor',
  'toString',
  '$(',
  '$$(',
  '${x}',
  '\u0000',
  '\ud800',
  '\u2028',
  'a'.repeat(64),
  '-',
  '..',
  '/',
  '\\',
  '"',
  "'",
  '{}',
  '0',
  'null',
  'é',
  '💥',
]

/** Text of up to so many characters: one piece again and again. */
export function text(random: Random, most: number): string {
  const piece = random.pick([
    ...odd,
    'x',
    'ab',
    '$(app',
    '$$(app ',
    '$(pod.',
    '(',
    ')',
    '"""',
    '/a',
    'a.',
    '%',
    '\n',
    ', ',
  ])
  const count = Math.floor(random.size(most) / Math.max(1, piece.length))
  return piece.repeat(Math.max(1, count))
}

/** A list of up to so many items, each made by itself or all the same. */
export function list<T>(random: Random, most: number, make: (i: number) => T): T[] {
  return Array.from({ length: random.size(most) }, (_, i) => make(i))
}

/** JSON in JSON, up to so deep. */
export function nested(random: Random, most: number): Json {
  const wrap = random.pick<(inner: Json) => Json>([
    inner => [inner],
    inner => ({ a: inner }),
    inner => [1, inner],
    inner => ({ a: [inner], b: 'x' }),
  ])
  let value: Json = random.pick<Json>([1, 'x', '$(params.text)', null, {}])
  for (let depth = random.size(Math.min(most, mostLevels)); depth > 0; depth--) value = wrap(value)
  return value
}

/** JSON.stringify and structuredClone go into each level; an API server takes 10,000. `deepText` goes deeper. */
const mostLevels = 2_000

/** Text of JSON that is deeper than what can be made of an object. */
export function deepText(random: Random, most: number): string {
  const depth = random.size(most)
  const [open, close] = random.pick([
    ['[', ']'],
    ['{"a":', '}'],
    ['[[],', ']'],
    ['{"a":[', ']}'],
  ] as const)
  return `${open.repeat(depth)}1${close.repeat(depth)}`
}

export function anyJson(random: Random, most: number): Json {
  return random.pick<() => Json>([
    () => text(random, most),
    () => nested(random, Math.min(most, 5_000)),
    () => list(random, Math.min(most / 4, 50_000), i => i),
    () => Object.fromEntries(list(random, Math.min(most / 16, 20_000), i => [`key-${i}`, i])),
    () => random.pick([1e308, -0, 2 ** 53, 1.5, true, null, '']),
  ])()
}

/** A regular expression, sound or not, whose program is large where that can be. */
export function pattern(random: Random): string {
  const atom = random.pick([
    'x',
    '[a-z]',
    '(a|b|c)',
    '.',
    '\\pL',
    '\\w',
    '(?i)k',
    '[^x]',
    '(a+)+',
    '(?:a|aa)*',
    '^',
    '$',
    '\\b',
    'é',
  ])
  const quantifier = random.pick([
    '',
    '*',
    '+',
    '?',
    `{${random.size(1_000)}}`,
    `{0,${random.size(1_000)}}`,
    `{1,${random.size(100)}}?`,
  ])
  const piece = random.chance(0.3)
    ? `((${atom}${quantifier})${random.pick(['{2,30}', '{10}', '*', ''])})`
    : `${atom}${quantifier}`
  const source = piece.repeat(random.size(2_000))
  return random.chance(0.1) ? `${source}${random.pick(['(', '[', '{', '\\', '(?P<'])}` : source
}

/** CEL whose evaluation is dear where nothing stops it. */
export function expression(random: Random): string {
  if (random.chance(0.4)) return random.pick(dear)
  if (random.chance(0.4)) return chain(random)
  const pieces = [
    () => `[1,2,3,4,5,6,7,8,9,10].all(a, ${expressionDeep(random, random.between(1, 9))})`,
    () => doubled(random, "'xxxxxxxxxxxxxxxx'", '+'),
    () => doubled(random, "b'xxxxxxxxxxxxxxxx'", '+'),
    () => doubled(random, '[1, 2, 3, 4]', '+'),
    () =>
      `'${'ab'.repeat(random.size(1_000))}'.matches('${pattern(random).replaceAll("'", '').replaceAll('\\', '\\\\')}')`,
    () => `params.text.matches(params.text)`,
    () => `pod.spec.containers.map(c, pod.spec.containers.map(d, c.name + d.name)).size() > 0`,
    () => `pod.spec.containers.map(c, string(c)).join(',')`,
    () => `params.text.split('').map(c, params.text).join('')`,
    () => `${'('.repeat(random.size(3_000))}1${')'.repeat(random.size(3_000))}`,
    () => list(random, 3_000, i => `params.text == '${i}'`).join(' || '),
    () => list(random, 3_000, i => String(i)).join(' + '),
    () => `string(pod)`,
    () => `pod.metadata.annotations.map(k, pod.metadata.annotations[k])`,
    () => `params.text`,
    () => `pod.spec`,
    () => `{${list(random, 2_000, i => `'k${i}': params.text`).join(', ')}}`,
    () => `app.?${text(random, 200)}.orValue('')`,
    () => `'${text(random, 3_000).replaceAll("'", '').replaceAll('\\', '')}'.replace('a', params.text)`,
    () =>
      `timestamp('2026-01-01T00:00:00Z') + duration('${random.size(1e9)}s') > timestamp('2026-01-01T00:00:00Z')`,
    () => `'${'%s'.repeat(random.size(500))}'.format([params.text])`,
  ]
  return random.pick(pieces)()
}

/** Those that are known to take all there is, over what a Pod of this fuzz has. */
const dear: readonly string[] = Object.values(hostileExpressions).map(source =>
  source
    .replaceAll(/app\.(text|wide)\b/g, 'params.text')
    .replaceAll('app.texts', 'app.env.map(e, e.name)')
    .replaceAll('app.many', 'pod.metadata.annotations'),
)

/** Functions of CEL upon each other's results, once or for each of many. */
function chain(random: Random): string {
  const start = random.pick([
    'params.text',
    'pod.metadata.name',
    "'aé日'",
    'app.name',
    "'x,y,z'",
    'string(app)',
  ])
  let source = start
  for (let i = random.size(12); i > 0; i--) source = `${source}${random.pick(calls)}`
  const made = random.pick([
    source,
    `string(${source})`,
    `size(${source})`,
    `${source} == ${source}`,
    `${source} in [${start}, 'b']`,
    `bytes(${source}) == b'x'`,
    `[${source}].map(a, a + a).map(b, b + b).map(c, c + c)`,
    `{'a': ${source}, 'b': [${source}]}`,
    `has(app.env) && ${source}.size() > 0`,
    `${source}.size() > 1 ? ${start} : 'none'`,
    `type(${source}) == string`,
    `int(${source}.size()) % 7 + 1`,
    `double('1e300') * 1e300 > 1.0 || uint(3) > uint(2)`,
    `timestamp('2026-02-30T00:00:00Z').getFullYear(${source})`,
    `duration(${source}).getSeconds()`,
    `optional.of(${source}).orValue('') + optional.none().orValue('x')`,
    `bool(${source}) || ${source}.matches(${start})`,
  ])
  return random.chance(0.5)
    ? `${random.pick(['app.?env.orValue([])', 'pod.spec.containers', "'a,b,c,d,e,f,g,h'.split(',')"])}.map(item, ${made})`
    : made
}

const calls = [
  '.lowerAscii()',
  '.upperAscii()',
  '.trim()',
  ".split('')[0]",
  ".split('').join('ab')",
  ".split('', 3).join()",
  '.substring(0)',
  '.substring(0, 1)',
  ".replace('a', 'aa')",
  '.reverse()',
  '.charAt(0)',
  '.quote()',
  " + 'x'",
  " + 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'",
  ".split('x').map(y, y + 'é').join('日')",
  ".split('').filter(y, y != 'a').join('')",
] as const

function expressionDeep(random: Random, depth: number): string {
  const inner = depth <= 1 ? 'pod.spec.containers.size() > 0' : expressionDeep(random, depth - 1)
  const loop = random.pick(['all(v, ', 'exists_one(v, ', 'exists(v, !', 'map(v, '])
  const looped = `[1,2,3,4,5,6,7,8,9,10].${loop}(${inner}))`
  return loop === 'map(v, ' ? `${looped}.size() > 0` : looped
}

/** A value that is added to itself, so often that it could be endless. */
function doubled(random: Random, start: string, operator: string): string {
  const times = random.between(4, 40)
  const steps = Array.from({ length: times }, (_, i) => [
    `v${i}`,
    i === 0 ? start : `v${i - 1} ${operator} v${i - 1}`,
  ])
  return steps.reduceRight(
    (body, [name, value]) => `cel.bind(${name}, ${value}, ${body})`,
    `string(size(v${times - 1}))`,
  )
}

/** A copy of an object with a member at a random depth replaced. */
export function withHostileMember(random: Random, object: JsonObject, most: number): JsonObject {
  const keys = Object.keys(object)
  if (keys.length === 0) return object
  const key = random.pick(keys)
  const member = object[key] ?? null
  const replace = (value: Json): Json => {
    if (random.chance(0.4) || typeof value !== 'object' || value === null) return anyJson(random, most)
    if (Array.isArray(value)) {
      if (value.length === 0) return anyJson(random, most)
      if (random.chance(0.3)) return Array.from({ length: random.size(most / 50) }, () => value[0] as Json)
      return value.with(random.between(0, value.length - 1), replace(random.pick(value)))
    }
    return withHostileMember(random, value as JsonObject, most)
  }
  return { ...object, [key]: replace(member) }
}
